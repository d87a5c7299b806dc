package rdsmysql

import (
	"errors"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/rdstls"
)

// ParseDSN is like [mysql.ParseDSN], but its errors never quote dsn, which can hold a
// password, and it refuses URLs. Use the result with [NewConnector] or [Configure]:
// ParseDSN itself changes nothing about TLS. Errors are of type
// [*rdstls.ConfigError].
func ParseDSN(dsn string) (*mysql.Config, error) {
	if why := reasonNotDSN(dsn); why != "" {
		return nil, dsnError(why)
	}
	cfg, err := parse(dsn)
	if err != nil {
		return nil, dsnError(reasonMalformed(dsn, err))
	}
	return cfg, nil
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
	if strings.TrimSpace(dsn) != dsn {
		return "it begins or ends with a space or a line break"
	}
	if first, last := dsn[0], dsn[len(dsn)-1]; first == last && (first == '"' || first == '\'' || first == '`') {
		return "it is in quotes"
	}
	if scheme, _, ok := strings.Cut(dsn, "://"); ok && isScheme(strings.ToLower(scheme)) {
		return form + ", not a URL"
	}
	return ""
}

// isScheme reports whether s is the scheme of a URL for a database, rather than the
// name of a user whose password begins with two slashes.
func isScheme(s string) bool {
	if strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789+-.:") != "" {
		return false
	}
	return strings.HasPrefix(s, "jdbc:") || strings.Contains(s, "mysql") || strings.Contains(s, "mariadb") ||
		slices.Contains([]string{"tcp", "http", "https", "postgres", "postgresql", "aurora", "rds", "db", "database"}, s)
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
		return "names a profile that is not registered"
	case name == "serverPubKey":
		return "names a key that is not registered"
	case name == "loc":
		return "names a time zone that Go does not know"
	case strings.HasPrefix(text, "invalid bool value: "):
		return "is neither true nor false"
	case strings.HasSuffix(strings.ToLower(name), "timeout") || name == "timeTruncate":
		return "is not a duration such as 5s"
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
