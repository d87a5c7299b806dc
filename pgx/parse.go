package rdspgx

import (
	"errors"
	"io/fs"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rdstls/go/rdstls"
)

// ParseConfig is [pgx.ParseConfig] followed by [Configure]: it returns a
// configuration that verifies its servers, for programs that adjust it before
// they call [pgx.ConnectConfig] or stdlib.OpenDB. A nil opts is the default.
//
// Errors are of type [*rdstls.ConfigError]. Unlike those of pgx.ParseConfig, they
// hold no part of a password, even if connString is malformed, and can be logged.
//
// Call Configure again after replacing AfterNetConnect or changing Host, Port or
// Fallbacks.
func ParseConfig(connString string, opts *rdstls.Options) (*pgx.ConnConfig, error) {
	cfg, err := pgx.ParseConfig(connString)
	if err != nil {
		return nil, parseError(err)
	}
	if err := Configure(cfg, opts); err != nil {
		return nil, err
	}
	return cfg, nil
}

// ParsePoolConfig is [pgxpool.ParseConfig] followed by [Configure] of its
// ConnConfig, for programs that adjust the configuration before they call
// [pgxpool.NewWithConfig]. It is otherwise like [ParseConfig].
func ParsePoolConfig(connString string, opts *rdstls.Options) (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig(connString)
	if err != nil {
		return nil, parseError(err)
	}
	if err := Configure(cfg.ConnConfig, opts); err != nil {
		return nil, err
	}
	return cfg, nil
}

const notShown = "; the text is not shown, as it can hold a password"

// parseError says what is wrong with a connection string without repeating a
// word of the driver's error: the driver masks passwords as well as it can, but
// what a malformed string means by its parts is anybody's guess (pgconn v5.12.0,
// errors.go, ParseConfigError).
func parseError(err error) error {
	why := "it cannot be parsed"
	var file *fs.PathError
	if errors.As(err, &file) {
		// The path can be a word of the string as well. What the system says of it is not.
		why = "a file named by sslrootcert, sslcert, sslkey or servicefile cannot be read: " + file.Err.Error()
	}
	text := err.Error()
	for _, phrase := range [...]string{
		"sslmode is invalid",
		"invalid port",
		"could not match",
		"failed to read service",
		"unable to add CA to cert pool",
		`both "sslcert" and "sslkey" are required`,
		"unable to find sslpassword",
		"failed to decode sslkey",
	} {
		if strings.Contains(text, phrase) && file == nil {
			why = phrase
		}
	}
	for _, setting := range [...]string{
		"connect_timeout", "sslcertmode", "require_auth", "target_session_attrs", "channel_binding",
		"min_protocol_version", "max_protocol_version", "default_query_exec_mode",
		"statement_cache_capacity", "description_cache_capacity",
		"pool_max_conns", "pool_min_conns", "pool_min_idle_conns", "pool_max_conn_lifetime",
		"pool_max_conn_idle_time", "pool_health_check_period", "pool_ping_timeout",
	} {
		for _, verb := range [...]string{"invalid ", "unknown ", "cannot parse "} {
			if strings.Contains(text, verb+setting) {
				why = "the value of " + setting + " is invalid"
			}
		}
	}
	return misplaced(why + notShown)
}

// misparsed refuses what pgx makes of strings such as
// "postgres://user:12/34@host/db", whose password is not percent-encoded, or
// "user= password=1234": a part of the password becomes the name of the host, of
// the database, of the user or of a parameter, and errors of pgx and of the
// server quote these.
func misparsed(cfg *pgx.ConnConfig) error {
	bad := strings.Contains(cfg.Database, "@") && strings.Contains(cfg.Database, "/") || endsInHost(cfg.Database)
	for name, value := range cfg.RuntimeParams {
		bad = bad || strings.ContainsAny(name, "@:/?") || name != "application_name" && startsInHost(value)
	}
	if bad {
		return misplaced("the name of the database or of a parameter looks like an address; is the password percent-encoded?")
	}
	if isSetting(cfg.User) || isSetting(cfg.Database) {
		return misplaced("the name of the user or of the database is a setting; is the value before it empty?")
	}
	return nil
}

// startsInHost reports whether value begins as in "postgres://user:p@ss?x=word@host/db".
// An application's name may: people write all sorts of things there.
func startsInHost(value string) bool {
	before, _, _ := strings.Cut(value, "/")
	return strings.HasPrefix(value, "@") || endsInHost(before)
}

// endsInHost reports whether what follows the last at sign of value is the address
// of a server, as in "postgres://user:p@ss/word@localhost:5432".
func endsInHost(value string) bool {
	i := strings.LastIndexByte(value, '@')
	if i < 0 {
		return false
	}
	host, _, _ := strings.Cut(value[i+1:], ":")
	_, notIP := netip.ParseAddr(host)
	_, err := rdstls.ParseEndpoint(host)
	return host == "localhost" || notIP == nil || err == nil
}

// isSetting reports whether a value looks like the setting that followed it.
func isSetting(value string) bool {
	name, _, ok := strings.Cut(value, "=")
	return ok && slices.Contains([]string{
		"password", "passfile", "sslpassword", "user", "host", "port", "dbname", "database",
		"sslmode", "sslcert", "sslkey", "sslrootcert", "service", "connect_timeout", "application_name",
	}, name)
}

func misplaced(why string) error {
	return &rdstls.ConfigError{Setting: "connection string", Err: errors.New(why)}
}

// suspicious reports whether a part of a password may have become the name of a
// host, as in "postgres://user:12@34,56@host/db": there is an at sign where
// hardly anybody has one.
func suspicious(cfg *pgx.ConnConfig, targets []target) bool {
	hasAt := func(s string) bool { return strings.Contains(s, "@") }
	return hasAt(cfg.Database) ||
		slices.ContainsFunc(targets, func(t target) bool { return hasAt(t.host) }) ||
		slices.ContainsFunc(slices.Collect(maps.Values(cfg.RuntimeParams)), hasAt)
}
