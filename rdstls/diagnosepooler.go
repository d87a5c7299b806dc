package rdstls

import (
	"slices"
	"strings"
)

const (
	poolerPlaintextAdvice = "A pooler in between connects to the database without TLS, and the database accepts only TLS connections. " +
		"Turn on TLS, with verification, on the pooler's side of the database (PgBouncer: server_tls_sslmode)."
	parameterAdvice = "The server does not accept a parameter of the connection string: the drivers send it every name that they do not know. " +
		"Correct or remove the parameter. A pooler can be told to ignore some (PgBouncer: ignore_startup_parameters)."
)

// poolerRefusal recognizes what PgBouncer tells its clients with the code of a
// protocol violation, which PostgreSQL seldom uses: its own errors, and those of the
// database about its own login (PgBouncer 1.18 was run; 1.21 and later put
// "server login has been failing, cached error: " before them).
func poolerRefusal(code, message string) (Diagnosis, bool) {
	if code != "08P01" {
		return Diagnosis{}, false
	}
	switch {
	case hasPrefix(message, "SSL required", "TLS connection required"):
		return Diagnosis{ReasonPlaintextRefused, "The pooler accepts only TLS connections, and this one had no TLS. Connect through rdspgx."}, true
	case hasPrefix(message, "unsupported startup parameter"):
		return Diagnosis{ReasonConfig, parameterAdvice}, true
	case message == "password authentication failed", message == "SASL authentication failed", hasPrefix(message, "no such user"):
		return Diagnosis{ReasonLogin, "The pooler rejected the user or password. Check what it knows about the user (PgBouncer: auth_file or auth_query). " +
			"An IAM token is new for each connection, so a pooler cannot know it."}, true
	case !hasPrefix(message, "server login ", "no pg_hba.conf entry ", "pg_hba.conf rejects ", pamFailed, "password authentication failed for user ", "role "):
		return Diagnosis{}, false
	case strings.Contains(message, ", no encryption"), strings.Contains(message, ", SSL off"):
		return Diagnosis{ReasonPlaintextRefused, poolerPlaintextAdvice}, true
	}
	return Diagnosis{ReasonLogin, "A pooler accepted this login, but could not log in to the database itself. " +
		"Look into the pooler's log, and check the user, the password and the TLS settings that it has for the database."}, true
}

func hasPrefix(message string, prefixes ...string) bool {
	return slices.ContainsFunc(prefixes, func(prefix string) bool { return strings.HasPrefix(message, prefix) })
}

// parameterRefusal explains that a server refused a parameter of the startup
// message, with a code that errors of queries have too.
func parameterRefusal(code, message string, duringLogin bool) (Diagnosis, bool) {
	switch code {
	case "42704", "22023", "55P02", "42601": // no such parameter, no such value, not changeable now, no value
		return Diagnosis{ReasonConfig, parameterAdvice}, duringLogin
	case "0A000", "08P01":
		return Diagnosis{ReasonConfig, "The RDS Proxy does not support something that the connection string asks for. " +
				"Remove parameters such as options, replication and max_protocol_version, or connect to the database's own endpoint."},
			strings.HasPrefix(message, "Feature not supported: RDS Proxy ")
	}
	return Diagnosis{}, false
}
