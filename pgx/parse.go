package rdspgx

import (
	"errors"
	"io/fs"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/rdstls"
)

// parseError says what is wrong with a connection string without repeating a
// word of the driver's error: the driver masks passwords as well as it can, but
// what a malformed string means by its parts is anybody's guess (pgconn v5.12.0,
// errors.go, ParseConfigError).
func parseError(err error) error {
	why := errors.New("it cannot be parsed; the text is not shown, as it can hold a password")
	var file *fs.PathError
	if errors.As(err, &file) {
		// The path can be a word of the string as well. What the system says of it is not.
		why = errors.New("a file named by sslrootcert, sslcert, sslkey or servicefile cannot be read: " + file.Err.Error())
	}
	for _, known := range [...]string{
		"sslmode is invalid",
		"invalid port",
		"unable to add CA to cert pool",
		`both "sslcert" and "sslkey" are required`,
		"unable to find sslpassword",
		"failed to decode sslkey",
		"invalid connect_timeout",
		"invalid sslcertmode",
		"invalid require_auth",
		"failed to read service",
		"unknown target_session_attrs value",
		"unknown channel_binding value",
		"could not match",
	} {
		if strings.Contains(err.Error(), ": "+known) || strings.Contains(err.Error(), "("+known) {
			why = errors.New(known + "; the text is not shown, as it can hold a password")
			break
		}
	}
	return &rdstls.ConfigError{Setting: "connection string", Err: why}
}

// misparsed refuses what pgx makes of strings such as
// "postgres://user:12/34@host/db", whose password is not percent-encoded: a part
// of the password becomes the name of the database or of a parameter, and errors
// of pgx and of the server quote these.
func misparsed(cfg *pgx.ConnConfig) error {
	bad := strings.Contains(cfg.Database, "@") && strings.Contains(cfg.Database, "/")
	for name := range cfg.RuntimeParams {
		bad = bad || strings.ContainsAny(name, "@:/?")
	}
	if !bad {
		return nil
	}
	return &rdstls.ConfigError{
		Setting: "connection string",
		Err:     errors.New("the name of the database or of a parameter looks like an address; is the password percent-encoded?"),
	}
}
