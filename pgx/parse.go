package rdspgx

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rdstls/go/rdstls"
)

// ParseConfig calls [pgx.ParseConfig] and then [Configure]. It returns a
// configuration that verifies its servers, for programs that adjust it before
// they call [pgx.ConnectConfig] or stdlib.OpenDB. A nil opts means the zero Options.
//
// Call Configure again, with the same options, after you set Host, Port, Fallbacks,
// AfterNetConnect, DialFunc, LookupFunc or ConnectTimeout.
//
// Errors are of type [*rdstls.ConfigError]. Unlike those of pgx.ParseConfig, they
// hold no part of a password, even if connString is malformed, and can be logged.
func ParseConfig(connString string, opts *rdstls.Options) (*pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(connString)
	if err != nil {
		return nil, parseError(connString, err)
	}
	if err := Configure(cfg, opts); err != nil {
		return nil, err
	}
	return cfg, nil
}

// ParsePoolConfig calls [pgxpool.ParseConfig] and then [Configure] with its
// ConnConfig, for programs that adjust the configuration before they call
// [pgxpool.NewWithConfig]. It is otherwise like [ParseConfig].
func ParsePoolConfig(connString string, opts *rdstls.Options) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(connString)
	if err != nil {
		return nil, parseError(connString, err)
	}
	if err := Configure(cfg.ConnConfig, opts); err != nil {
		return nil, err
	}
	return cfg, nil
}

// driverErrors are texts of pgx and pgxpool (v5.12.0), the settings that they are
// about, and what this package says instead.
var driverErrors = [...]struct{ text, setting, reason string }{
	{"sslmode is invalid", "sslmode", "sslmode is invalid: leave it out, or use verify-full, in lower case"},
	{"invalid port", "port", "invalid port: it must be a number from 1 to 65535"},
	{"could not match", "port", "the number of ports does not match the number of hosts"},
	{"unable to find service", "service", "the service file does not have the service"},
	{"failed to read service", "service", "the service file (servicefile, PGSERVICEFILE or ~/.pg_service.conf) cannot be read"},
	{"unable to read CA file", "sslrootcert", "pgx cannot read the file of sslrootcert"},
	{"unable to add CA to cert pool", "sslrootcert", "the file of sslrootcert holds no CA certificate"},
	{"are required", "sslcert", "sslcert and sslkey must both be set"},
	{"pool_max_conns too small", "pool_max_conns", "the value of pool_max_conns must be 1 or more"},
	{"unable to read sslkey", "sslkey", "the file of sslkey cannot be read"},
	{"failed to decode sslkey", "sslkey", "the file of sslkey does not hold a PEM key"},
	{"unable to find sslpassword", "sslpassword", "the key of sslkey is encrypted, and sslpassword is not set"},
	{"unable to decrypt key", "sslpassword", "sslpassword does not decrypt the key of sslkey"},
	{"unable to read cert", "sslcert", "the file of sslcert cannot be read"},
	{"unable to load cert", "sslcert", "the files of sslcert and sslkey do not hold a certificate and its key"},
	{"min_protocol_version cannot be greater", "min_protocol_version", "min_protocol_version is greater than max_protocol_version"},
}

// parseError says what is wrong with a connection string, without any text of the
// driver's error: pgx masks passwords as well as it can, but nobody can know what
// the parts of a malformed string mean (pgx v5.12.0, pgconn/errors.go).
func parseError(connString string, err error) error {
	if refused := checkConnString(connString); refused != nil {
		return refused
	}
	reason, setting := reasonOf(err)
	var file *fs.PathError
	if errors.As(err, &file) && reason != "" {
		reason += ": " + file.Err.Error() // without the path, which can be a word of the string
	}
	if setting == "sslrootcert" {
		reason += "; this module does not use that file, so remove the setting"
	}
	switch _, isURL := cutURL(connString); {
	case setting == "sslcert" && sets(connString, "sslkey"): // and not the one that is missing
	case setting == "sslcert" && strings.Contains(reason, "both"):
		reason += strings.Replace(origin(connString, setting), "PGSSLCERT", "PGSSLCERT or PGSSLKEY", 1)
	case setting != "":
		reason += origin(connString, setting)
	case isURL:
		reason = "the URL cannot be parsed: outside the password as well, a space is %20, and a percent sign, an equals sign " +
			"in a value and a bracket are %25, %3D and %5B"
	default:
		reason = "it cannot be parsed: " + schemeHint
	}
	return connStringError(reason + "; the text is not shown because it can hold a password")
}

// reasonOf returns the reason for an error of the driver, and the setting that it
// is about, or "".
func reasonOf(err error) (reason, setting string) {
	text := err.Error()
	if _, after, ok := cutLast(text, "`: "); ok { // the string stands before it
		text = after
	}
	for _, e := range driverErrors {
		if strings.Contains(text, e.text) {
			return e.reason, e.setting
		}
	}
	for _, verb := range [...]string{"invalid ", "unknown ", "cannot parse "} {
		after, ok := strings.CutPrefix(text, verb)
		name, _, _ := strings.Cut(after, " ")
		name = strings.TrimSuffix(name, ":")
		if ok && isKnown(name) {
			return "the value of " + name + " is invalid" + validValues(name), name
		}
	}
	return "", ""
}

// validValues says what the value of a setting must be, for those that pgx and
// pgxpool check (pgx v5.12.0).
func validValues(name string) string {
	switch name {
	case "connect_timeout":
		return ": it must be a whole number of seconds, without a unit"
	case "pool_max_conns", "pool_min_conns", "pool_min_idle_conns", "statement_cache_capacity", "description_cache_capacity":
		return ": it must be a whole number"
	case "target_session_attrs":
		return ": it must be any, read-write, read-only, primary, standby or prefer-standby"
	case "channel_binding":
		return ": it must be disable, prefer or require"
	case "require_auth":
		return ": it must be a list of password, md5, scram-sha-256 and the like, all or none with an exclamation mark"
	case "sslcertmode":
		return ": it must be disable, allow or require"
	case "default_query_exec_mode":
		return ": it must be cache_statement, cache_describe, describe_exec, exec or simple_protocol"
	case "min_protocol_version", "max_protocol_version":
		return ": it must be 3.0, 3.2 or latest"
	}
	if strings.HasPrefix(name, "pool_") {
		return ": it must be a duration such as 30m, with its unit"
	}
	return ""
}

func connStringError(reason string) error {
	return &rdstls.ConfigError{Setting: "connection string", Err: errors.New(reason)}
}
