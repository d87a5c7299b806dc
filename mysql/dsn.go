package rdsmysql

import (
	"errors"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// ParseDSN parses a DSN as [mysql.ParseDSN] does. Use the result with [NewConnector] or
// [Configure]: ParseDSN itself changes nothing about TLS.
//
// It refuses URLs, and parameters such as password=…, which the driver would turn into
// a SET statement. Errors are of type [*rdstls.ConfigError]. They never quote dsn,
// because it can hold a password.
func ParseDSN(dsn string) (*mysql.Config, error) {
	if why := reasonNotDSN(dsn); why != "" {
		return nil, dsnError(why)
	}
	cfg, err := parse(dsn)
	if err != nil {
		return nil, dsnError(reasonMalformed(dsn, err))
	}
	if err := checkValues(cfg, true); err != nil {
		return nil, err
	}
	return cfg, nil
}

// reasonMisnamed returns why a DSN may not have a parameter, in lower case, or "".
// The driver makes a SET statement of what it does not know, and an error of the
// server repeats a part of that, which can be a password.
func reasonMisnamed(name string) string {
	switch name {
	case "password", "passwd", "pass", "pwd", "user", "username", "uid", "host", "hostname", "server", "port", "database", "dbname":
		return "the parameter " + name + " does not exist; " + form
	}
	if adapter.IsSecretName(name) || strings.HasSuffix(name, "secret") || strings.HasSuffix(name, "token") {
		return "no parameter holds a password; " + form
	}
	return ""
}

func dsnError(why string) error {
	return &rdstls.ConfigError{Setting: "DSN", Err: errors.New(why + "; the text is not shown, as it can hold a password")}
}

const form = "a DSN is user:password@tcp(host:port)/name"

// reasonNotDSN returns why dsn is not a DSN, or nothing if it may be one. The driver
// would take some of these for one: it would log in as the user "mysql" with a
// password that begins with "//".
func reasonNotDSN(dsn string) string {
	if dsn == "" {
		return "" // 127.0.0.1, to the driver
	}
	hasParameters := strings.Contains(dsn[strings.LastIndexByte(dsn, '/')+1:], "?") // the server ignores spaces behind them
	if trimmed := strings.TrimSpace(dsn); trimmed != dsn && (!hasParameters || !strings.HasPrefix(dsn, trimmed)) {
		return "it begins or ends with a space or a line break"
	}
	if first, last := dsn[0], dsn[len(dsn)-1]; first == last && (first == '"' || first == '\'' || first == '`') ||
		strings.HasPrefix(dsn, "“") || strings.HasPrefix(dsn, "‘") {
		return "it is in quotes"
	}
	if strings.HasPrefix(dsn, "\ufeff") {
		return "it begins with a byte order mark; save the file without one"
	}
	if scheme, _, ok := strings.Cut(dsn, "://"); ok && isScheme(strings.ToLower(scheme)) || strings.HasPrefix(dsn, "//") {
		return form + ", not a URL"
	}
	if name, value, ok := strings.Cut(dsn, "="); ok && isVariable(name) && strings.Contains(value, "@") {
		return "it begins with the name of an environment variable; " + form
	}
	return ""
}

// isVariable reports whether s is the name of an environment variable, rather than a
// user and the beginning of a password.
func isVariable(s string) bool {
	return s != "" && strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == ""
}

// isScheme reports whether s is the scheme of a URL for a database, rather than the
// name of a user whose password begins with two slashes.
func isScheme(s string) bool {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.:") != "" {
		return false
	}
	return strings.HasPrefix(s, "jdbc:") || strings.Contains(s, "sql") || strings.Contains(s, "mariadb") || strings.Contains(s, "postgres") ||
		slices.Contains([]string{"tcp", "ssl", "tls", "http", "https", "aurora", "rds", "db", "database", "dsn", "tidb", "vitess", "planetscale", "memsql"}, s)
}

// errStrict is for a parameter that the driver once had, and panics at.
var errStrict = errors.New("the driver has no parameter strict any more")

// parse is mysql.ParseDSN without its panic.
func parse(dsn string) (cfg *mysql.Config, err error) {
	defer func() {
		if recover() != nil {
			cfg, err = nil, errStrict
		}
	}()
	return mysql.ParseDSN(dsn)
}

// reasonMalformed says what is wrong with a DSN without repeating any of it: nobody
// knows what a malformed one means by its parts, and a password with a slash
// ends up in most of them.
func reasonMalformed(dsn string, err error) string {
	if errors.Is(err, errStrict) {
		return err.Error()
	}
	if name := badParameter(dsn); name != "" {
		return "the parameter " + name + " " + reasonParameter(name, err.Error())
	}
	if name := slashedParameter(dsn); name != "" {
		return "the parameter " + name + " has a slash in its value; write it as %2F"
	}
	// These texts of the driver are constants (go-sql-driver/mysql v1.10.1, dsn.go).
	for _, known := range [...]string{
		"invalid DSN: did you forget to escape a param value?",
		"invalid DSN: network address not terminated (missing closing brace)",
		"invalid DSN: missing the slash separating the database name",
		"invalid DSN: interpolateParams can not be used with unsafe collations",
	} {
		if err.Error() == known {
			return known + " (" + form + ")"
		}
	}
	return "it cannot be parsed; " + form
}

func reasonParameter(name, text string) string {
	switch {
	case strings.Contains(text, setInCode):
		return "was made of a configuration of this package, which a DSN cannot hold: pass the *sql.DB or Connector"
	case name == "tls":
		return "names a TLS config key that is not registered; leave tls out, because OpenDB and NewConnector verify every server"
	case name == "serverPubKey":
		return "names a key that is not registered"
	case name == "loc":
		return "names a time zone that Go does not know"
	case strings.HasPrefix(text, "invalid bool value: "):
		return "is neither true nor false"
	case strings.HasSuffix(strings.ToLower(name), "timeout") || name == "timeTruncate":
		return "is not a duration such as 5s"
	case name == "maxAllowedPacket":
		return "is not a whole number of bytes"
	default:
		return "has an invalid value"
	}
}

// parameters are those of which the driver checks the value. Only these names are
// repeated: any other text can be part of a password.
var parameters = [...]string{
	"allowAllFiles", "allowCleartextPasswords", "allowFallbackToPlaintext", "allowNativePasswords", "allowOldPasswords",
	"checkConnLiveness", "clientFoundRows", "columnsWithAlias", "compress", "connectionAttributes", "interpolateParams",
	"loc", "maxAllowedPacket", "multiStatements", "parseTime", "readTimeout", "rejectReadOnly", "serverPubKey",
	"timeTruncate", "timeout", "tls", "writeTimeout",
}

// slashedParameter returns the name of a parameter of which the value holds the last
// slash of a DSN, as in "loc=Europe/Berlin". The driver looks for the name of the
// database behind that slash.
func slashedParameter(dsn string) string {
	_, params, _ := strings.Cut(dsn[strings.LastIndex(dsn, ")/")+1:], "?")
	for param := range strings.SplitSeq(params, "&") {
		name, value, _ := strings.Cut(param, "=")
		if strings.Contains(value, "/") && (slices.Contains(parameters[:], name) || name == "time_zone") {
			return name
		}
	}
	return ""
}

// badParameter returns the name of the first parameter that the driver refuses.
func badParameter(dsn string) string {
	_, params, _ := strings.Cut(dsn[strings.LastIndexByte(dsn, '/')+1:], "?")
	for param := range strings.SplitSeq(params, "&") {
		name, _, _ := strings.Cut(param, "=")
		if _, err := parse("tcp(127.0.0.1:3306)/?" + param); err != nil && slices.Contains(parameters[:], name) {
			return name
		}
	}
	return ""
}
