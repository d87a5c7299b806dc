package rdstls

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"os"
	"reflect"
	"slices"
	"strings"
	"syscall"
)

// Drivers are recognised by name: this package does not import them.
const (
	pgconnPath = "github.com/jackc/pgx/v5/pgconn"
	mysqlPath  = "github.com/go-sql-driver/mysql"
)

// noTLS explains a server, or somebody before it, that answered the request for
// TLS with something else, or that is no database at all.
func noTLS(tree []node) (Diagnosis, bool) {
	_, found := first[tls.RecordHeaderError](tree)
	found = found || says(tree,
		"server refused TLS connection",                  // pgx v5.12.0, pgconn.go, startTLS
		"TLS requested but server does not support TLS",  // go-sql-driver/mysql v1.10.1, errors.go
		"rdsmysql: the server's greeting is malformed; ", // this module's greeting.go
		"rdsmysql: the server's greeting has ")
	return Diagnosis{ReasonNoTLS, "What answered does not speak TLS for this database, as every RDS server does. " +
		"Look for a wrong port, a pooler or tunnel that ends somewhere else, or somebody in between who strips TLS."}, found
}

// tlsVersion explains alerts of the server and refusals of the client (texts of
// crypto/tls, Go 1.26; alerts have no exported type).
func tlsVersion(tree []node) (Diagnosis, bool) {
	if says(tree, "tls: downgrade attempt detected, possibly due to a MitM attack or a broken middlebox") {
		return Diagnosis{ReasonTLSVersion, "Both ends have a newer TLS version than the one that was negotiated. " +
			"Somebody in between lowers it: a middlebox that opens TLS, or an attack."}, true
	}
	advice := "Client and server have no TLS version from 1.2 on and no cipher suite in common. " +
		"Look at ssl_max_protocol_version and ssl_ciphers (PostgreSQL) or tls_version and ssl_cipher (MySQL) in the parameter group, " +
		"and at Options.Base: RDS for MySQL 5.7 and Aurora MySQL 2 have no TLS 1.3."
	return Diagnosis{ReasonTLSVersion, advice}, says(tree,
		"tls: handshake failure", "tls: protocol version not supported", "tls: insufficient security level",
		"tls: server selected unsupported protocol version ", "tls: server chose an unconfigured cipher suite",
		"tls: no supported versions satisfy MinVersion and MaxVersion")
}

// serverRefusal explains an error that the server sent. It can have come from
// anybody if the server was not verified, so its text is not repeated.
func serverRefusal(tree []node) (Diagnosis, bool) {
	for _, n := range tree {
		if e, ok := n.err.(interface{ SQLState() string }); ok { // *pgconn.PgError
			if d, ok := postgresRefusal(safely(e.SQLState), stringField(e, "Message")); ok {
				return d, true
			}
		}
		if isType(n.err, mysqlPath, "MySQLError") {
			if d, ok := mysqlRefusal(uintField(n.err, "Number"), stringField(n.err, "Message")); ok {
				return inPlaintext(d, tree), true
			}
		}
	}
	// go-sql-driver/mysql v1.10.1, errors.go.
	if says(tree, "this user requires clear text authentication. If you still want to use it, please add 'allowCleartextPasswords=1' to your DSN") {
		return Diagnosis{ReasonLogin, "The server asks for the password in clear, as RDS does for users of IAM. " +
			"Give the token through Options.Password of rdsmysql, which allows that to a verified server alone, where the DSN would allow it to any."}, true
	}
	return Diagnosis{}, false
}

// inPlaintext replaces d if the error came in place of MySQL's greeting, before
// TLS, where anybody can write it. rdsmysql tells those apart by wrapping them.
func inPlaintext(d Diagnosis, tree []node) Diagnosis {
	for _, attempt := range attempts(tree) {
		if slices.ContainsFunc(attempt, func(n node) bool { return isType(n.err, mysqlPath, "MySQLError") }) {
			return Diagnosis{ReasonNoTLS, "What answered refused the login in plaintext before it was asked to log anybody in, which no RDS server does. " +
				"Suspect somebody in between or a server that is not RDS, and leave users and passwords as they are."}
		}
	}
	return d
}

const (
	plaintextAdvice = "The server accepts TLS connections only, and this one had no TLS: connect through rdspgx or rdsmysql."
	proxyTLSAdvice  = "The proxy accepts TLS connections only, and this one had no TLS: connect through rdspgx or rdsmysql. " +
		"If it did have TLS, check the password: some proxies say the same when that is wrong."
	tokenAdvice = "that the IAM policy allows rds-db:connect for the resource id and this user, that the token was signed for the endpoint, port and Region " +
		"of the database or proxy itself, and that the clock is right and the AWS credentials are current: key, secret and session token of one another."
)

// postgresRefusal knows the codes of class 28, "Invalid Authorization
// Specification" (PostgreSQL documentation, Appendix A), and what PostgreSQL and
// RDS Proxy say with them.
func postgresRefusal(code, message string) (Diagnosis, bool) {
	switch {
	case isProxyWantingTLS(message):
		return Diagnosis{ReasonPlaintextRefused, proxyTLSAdvice}, true
	case code != "28000" && code != "28P01":
		return Diagnosis{}, false
	case strings.HasSuffix(message, ", no encryption"), strings.HasSuffix(message, ", SSL off"): // since 14, and before
		return Diagnosis{ReasonPlaintextRefused, plaintextAdvice}, true
	case strings.HasPrefix(message, "PAM authentication failed"):
		return Diagnosis{ReasonLogin, "The server asked IAM about the login, and was told no: check " + tokenAdvice}, true
	case strings.HasPrefix(message, "password authentication failed"):
		return Diagnosis{ReasonLogin, "The server refused user or password. " +
			"If the password is an IAM token, the user does not exist or lacks the role rds_iam: without it, tokens are taken for passwords."}, true
	}
	return Diagnosis{ReasonLogin, "The login was refused: check user, database and role. With IAM, also check that the user has the role rds_iam, " + tokenAdvice}, true
}

// mysqlRefusal knows the error numbers of MySQL and MariaDB (MySQL Server Error
// Message Reference), and what RDS Proxy says with them.
func mysqlRefusal(number uint64, message string) (Diagnosis, bool) {
	switch number {
	case 3159: // ER_SECURE_TRANSPORT_REQUIRED
		if isProxyWantingTLS(message) {
			return Diagnosis{ReasonPlaintextRefused, proxyTLSAdvice}, true
		}
		return Diagnosis{ReasonPlaintextRefused, plaintextAdvice}, true
	case 1045: // ER_ACCESS_DENIED_ERROR
		return Diagnosis{ReasonLogin, "The login was refused: check user and password, and that the connection has TLS, for want of which MariaDB says the same. " +
			"With IAM, also check that the user was created with AWSAuthenticationPlugin, " + tokenAdvice}, true
	case 1524: // ER_PLUGIN_IS_NOT_LOADED
		return Diagnosis{ReasonLogin, "The server lacks the plugin that the user authenticates with: if that is AWSAuthenticationPlugin, " +
			"turn on IAM database authentication for the instance or cluster."}, true
	case 1040: // ER_CON_COUNT_ERROR
		if strings.HasPrefix(message, "IAM authentication rate limit exceeded") {
			return Diagnosis{ReasonLogin, "The proxy limits how many logins by IAM it lets through in a second: keep connections open for longer, and open fewer at once."}, true
		}
	}
	return Diagnosis{}, false
}

// isProxyWantingTLS knows what RDS Proxy says to clients without TLS.
func isProxyWantingTLS(message string) bool {
	for _, text := range [...]string{
		"This RDS Proxy requires TLS connections", "IAM authentication is allowed only with SSL connections", "IAM is allowed only with SSL connections",
	} {
		if strings.HasPrefix(message, text) {
			return true
		}
	}
	return false
}

// noPassword explains that Options.Password returned an error. What that says is
// not looked into: it is of AWS, of a secret's store, or of the program's own.
func noPassword(tree []node) (Diagnosis, bool) {
	if !slices.ContainsFunc(tree, node.isOfPassword) {
		return Diagnosis{}, false
	}
	return Diagnosis{ReasonPassword, "Options.Password returned an error, so no password was sent; the error says why. " +
		"If it is the Token of a Signer, look for the AWS credentials of this process, and for an endpoint that tokens can be signed for."}, true
}

// silence explains a timeout or a closed connection, if it is known to have
// happened after the server was reached and before the connection stood.
func silence(tree []node) (Diagnosis, bool) {
	for _, attempt := range attempts(tree) {
		switch {
		case has(attempt, context.DeadlineExceeded, os.ErrDeadlineExceeded) || slices.ContainsFunc(attempt, isTimeout):
			return Diagnosis{ReasonTimeout, "The server was reached, but the connection did not stand in time. " +
				"Look for a port that is not the database's, an overloaded instance, a network that drops large packets, or an Options.Password that takes long."}, true
		case has(attempt, io.EOF, io.ErrUnexpectedEOF, syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, net.ErrClosed),
			says(attempt, "invalid connection", "bad connection"): // go-sql-driver/mysql v1.10.1, errors.go
			return Diagnosis{ReasonReset, "The server was reached, and the connection was closed before it stood. " +
				"Look for a failover or restart, a limit of connections, a firewall that resets, or a port that is not the database's."}, true
		}
	}
	return Diagnosis{}, false
}

func isTimeout(n node) bool {
	e, ok := n.err.(net.Error)
	return ok && safely(e.Timeout)
}

// attempts returns the errors of attempts that reached a server, each as a tree:
// those of this module's adapters, and those that pgx puts into these words (pgx
// v5.12.0, pgconn.go, connectOne). Without AfterNetConnect, pgx leaves the TLS
// handshake to the first write, of the startup message. With it, pgx drops the
// error of this module's guard if that is a timeout (normalizeTimeoutError).
func attempts(tree []node) [][]node {
	var found [][]node
	for i, n := range tree {
		_, ours := n.err.(wanting)
		if ours || isType(n.err, pgconnPath, "perDialConnectError") && i+1 < len(tree) &&
			says(tree[i+1:i+2], "tls error: ", "failed to write startup message: ", "AfterNetConnect failed: timeout: ") {
			found = append(found, flatten(n.err))
		}
	}
	return found
}

func isType(err error, pkg, name string) bool {
	v := reflect.Indirect(reflect.ValueOf(err))
	return v.IsValid() && v.Type().PkgPath() == pkg && v.Type().Name() == name
}

// stringField reads a field of an error of a driver. It returns "" if there is
// none.
func stringField(err any, name string) string {
	if f := field(err, name); f.IsValid() && f.Kind() == reflect.String {
		return f.String()
	}
	return ""
}

func uintField(err any, name string) uint64 {
	if f := field(err, name); f.IsValid() && f.CanUint() {
		return f.Uint()
	}
	return 0
}

func field(err any, name string) reflect.Value {
	v := reflect.Indirect(reflect.ValueOf(err))
	if v.Kind() != reflect.Struct {
		return reflect.Value{}
	}
	// It panics where an embedded pointer is nil.
	return safely(func() reflect.Value { return v.FieldByName(name) })
}
