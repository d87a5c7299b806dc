package rdsmysql_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// A password in these tests is two words, put together by characters that a DSN
// needs to have escaped. Neither word may appear in an error.
const (
	wordA = "Kx7wQz2mVb"
	wordB = "Tn4rJy9pLs"
)

var separators = []string{
	"", "/", "//", "[", "]", "[]", "(", ")", "()", "(/", ")/", "/(", "@", "@/", "/@", "@tcp", ":", "::", "?", "/?", "#", "&", "=", "?tls=", "/?tls=",
	"%", "%zz", "%2", "%2f", "\\", "'", `"`, " ", "\x00", "\n", "\x1b[31m", "é", "\xff", "+", ",", ";", "unix(", "/db?allowOldPasswords=", "?loc=", "/?timeout=",
	// The words become the network and the address.
	"(a.b)/", ")/?", "@unix(", "(:3306)/", "(a:3306)/",
}

// TestErrorsHoldNoSecret feeds malformed DSNs to everything that takes one.
func TestErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	good := "tcp(" + orders + ":3306)/db"
	for _, separator := range separators {
		p := wordA + separator + wordB
		for _, dsn := range []string{
			// Where a password belongs.
			"app:" + p + "@" + good,
			"app:" + p + "@" + good + "?tls=unknown",
			"app:" + p + "@" + good + "?allowOldPasswords=maybe",
			"app:" + p + "@tcp(" + orders + ":3306)",
			"app:" + p + "@tcp(" + orders + ":3306/db",
			"app:" + p + "@tcp" + orders + ":3306)/db",
			"app:" + p + "@tcp(" + orders + ":3306)x/db",
			"app:" + p + "@" + orders + ":3306/db",
			"app:" + p + "@" + orders,
			"app:" + p + "@/db",
			"app:" + p + "@",
			"app:" + p + "/db",
			"app:" + p,
			"app:" + p + "@unix(/tmp/s)/db",
			"app:" + p + "@mynet(bastion)/db",
			"app:" + p + "@tcp(localhost)/db?tls=false",
			":" + p + "@" + good + "%zz",
			"app:" + p + "@" + good + "/more",
			"mysql://app:" + p + "@" + orders + ":3306/db",
			"app:" + p + "(" + wordA + ":3306)/" + wordB + "@" + orders,
			"jdbc:mysql://" + orders + "/db?user=app&password=" + p,

			// Where it got by mistake.
			"app@" + good + "?password=" + p,
			"app@" + good + "?tls=" + p,
			"app@" + good + "?" + p + "=%zz",
			"app@" + good + "?TLS=" + p,
			"app@" + good + "?allowCleartextPasswords=" + p,
			"app@" + good + "?timeout=" + p,
			"app@" + good + "?timeTruncate=" + p,
			"app@" + good + "?loc=" + p,
			"app@" + good + "?maxAllowedPacket=" + p,
			"app@" + good + "?serverPubKey=" + p,
			"app@" + good + "?connectionAttributes=" + p,
			"app@" + good + "?charset=" + p + "&interpolateParams=true",
			"app@" + good + "?collation=" + p + "&interpolateParams=maybe",
			"app@" + good + p,
			"app@" + good + "%zz" + p,
		} {
			_, err := rdsmysql.ParseDSN(dsn)
			wantNoCanary(t, dsn, err)
			db, err := rdsmysql.OpenDB(dsn, nil)
			wantNoCanary(t, dsn, err)
			if err == nil {
				db.Close()
			}
			db, err = rdsmysql.OpenDB(dsn, trust())
			wantNoCanary(t, dsn, err)
			if err == nil {
				db.Close()
			}
			if cfg, err := mysql.ParseDSN(dsn); err == nil {
				wantNoCanary(t, dsn, rdsmysql.Check(cfg))
				wantNoCanary(t, dsn, rdsmysql.Configure(cfg, &rdstls.Options{ServerName: "alias"}))
			}
		}
	}
}

// wantNoCanary fails the test if err, however formatted, or an error in it holds one
// of the words.
func wantNoCanary(t *testing.T, dsn string, err error) {
	t.Helper()
	advicetest.WantNoSecrets(t, fmt.Sprintf("%q", dsn), err, wordA, wordB)
}

// TestOrdinaryStrings checks that passwords with any character, and names that
// look like a scheme, are not refused: a DSN is not percent-decoded.
func TestOrdinaryStrings(t *testing.T) {
	t.Parallel()
	for _, dsn := range []string{
		"app:p/w@tcp(" + orders + ")/db", "app:p@w@tcp(" + orders + ")/db", "app:p:w@tcp(" + orders + ")/db", "app:100%x@tcp(" + orders + ")/db",
		"app:p w@tcp(" + orders + ")/db", "app:p?w=1&x@tcp(" + orders + ")/db", "app://pw@tcp(" + orders + ")/db", "app:http://x@tcp(" + orders + ")/db",
		"'app:p@tcp(" + orders + ")/db", "app@tcp(" + orders + ")/?loc=Europe%2FBerlin", "tcp(" + orders + ")/",
	} {
		cfg, err := rdsmysql.ParseDSN(dsn)
		if err != nil {
			t.Errorf("ParseDSN(%q) = %v, want nil", dsn, err)
			continue
		}
		want, err := mysql.ParseDSN(dsn)
		if err != nil || cfg.FormatDSN() != want.FormatDSN() {
			t.Errorf("ParseDSN(%q) differs from the driver's: %v", dsn, err)
		}
		if err := rdsmysql.Configure(cfg, nil); err != nil {
			t.Errorf("Configure(%q) = %v, want nil", dsn, err)
		}
	}
}

// TestParseErrorTexts checks that mistakes are named without quoting anything.
func TestParseErrorTexts(t *testing.T) {
	t.Parallel()
	for dsn, want := range map[string]string{
		"mysql://app:pw@tcp(" + orders + ")/db":                                      "not a URL",
		"mysql://app:pw@" + orders + "/db":                                           "not a URL",
		"MySQL://app@" + orders + ":3306/db?tls=true":                                "not a URL",
		"mariadb://app:pw@" + orders + "/db":                                         "not a URL",
		"mysql+pymysql://app:pw@" + orders + "/db":                                   "not a URL",
		"mysql2://app:pw@tcp(" + orders + ")/db":                                     "not a URL",
		"jdbc:mysql://" + orders + "/db?user=app":                                    "not a URL",
		"awsmysql://app@" + orders + "/db":                                           "not a URL",
		"postgres://app:pw@" + orders + "/db":                                        "not a URL",
		"app:pw@" + orders + ":3306/db":                                              "user:password@tcp(host:port)/name",
		"app:pw@" + orders + "/db":                                                   "user:password@tcp(host:port)/name",
		"app:pw@localhost:3306/db":                                                   "user:password@tcp(host:port)/name",
		"app:p/w@" + orders + "/db":                                                  "user:password@tcp(host:port)/name",
		orders + ":3306":                                                             "user:password@tcp(host:port)/name",
		" app:p@tcp(" + orders + ")/db":                                              "space",
		"app:p@tcp(" + orders + ")/db\n":                                             "line break",
		"\"app:p@tcp(" + orders + ")/db\"":                                           "quotes",
		"'app:p@tcp(" + orders + ")/db'":                                             "quotes",
		"app:p@tcp(" + orders + ")/db?loc=Mars":                                      "parameter loc names a time zone",
		"app:p@tcp(" + orders + ")/db?timeout=5":                                     "parameter timeout is not a duration",
		"app:p@tcp(" + orders + ")/db?readTimeout=x&loc=UTC":                         "parameter readTimeout is not a duration",
		"app:p@tcp(" + orders + ")/db?timeTruncate=x":                                "parameter timeTruncate is not a duration",
		"app:p@tcp(" + orders + ")/db?maxAllowedPacket=x":                            "parameter maxAllowedPacket",
		"app:p@tcp(" + orders + ")/db?serverPubKey=x":                                "parameter serverPubKey",
		"app:p@tcp(" + orders + ")/db?compress=x":                                    "parameter compress is neither true nor false",
		"app:p@tcp(" + orders + ":3306)":                                             "missing the slash",
		"app:p@tcp(" + orders + "/db":                                                "missing closing brace",
		"app:p@tcp(" + orders + ")x/db":                                              "escape",
		"app:p@tcp(" + orders + ")/?interpolateParams=true&collation=gbk_chinese_ci": "unsafe collations",
		"app:p@tcp(" + orders + ")/?tls=unknown":                                     "not registered",
		"app:p@tcp(" + orders + ")/?parseTime=maybe":                                 "neither true nor false",
		"app:p@tcp(" + orders + ")/?strict=true":                                     "strict",
		"app:p@tcp(" + orders + ")/?tls=set+by+rdsmysql+in+code%3A+pass+the+*sql.DB+or+Connector%2C+not+a+DSN": "pass the *sql.DB",
	} {
		_, err := rdsmysql.OpenDB(dsn, nil)
		advicetest.WantConfigError(t, fmt.Sprintf("OpenDB(%q)", dsn), err, "DSN", nil)
		if !strings.Contains(err.Error(), want) {
			t.Errorf("OpenDB(%q) = %v, want one that says %q", dsn, err, want)
		}
	}
}

// TestConnectErrorsHoldNoSecret checks that errors of connections hold no password:
// the configuration was accepted, and the connection failed.
func TestConnectErrorsHoldNoSecret(t *testing.T) {
	t.Parallel()
	const secret = wordA + "!/" + wordB
	denied := func(fakedb.Login) *fakedb.LoginError {
		return &fakedb.LoginError{Number: 1045, SQLState: "28000", Message: "Access denied for user 'app'@'10.0.0.1' (using password: YES)"}
	}
	for name, tt := range map[string]fakedb.MySQLOptions{
		"stripped":      {Plaintext: true},
		"other-server":  {TLS: serving(ca.Instance(billing))},
		"denied":        {TLS: serving(ca.Instance(orders)), Login: denied},
		"clear-refused": {TLS: serving(ca.Instance(orders)), Plugin: fakedb.ClearPassword},
		"malformed":     {TLS: serving(ca.Instance(orders)), Behavior: fakedb.Behavior{Greeting: func([]byte) []byte { return []byte{1, 0, 0, 0, 10} }}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := parse(t, "app@tcp("+orders+")/db")
			cfg.Passwd = secret
			cfg.AllowCleartextPasswords = tt.Login != nil
			cfg.DialFunc = dialing(listen(t, tt))
			for _, opts := range []*rdstls.Options{trust(), nil} {
				err := connect(t.Context(), cfg, opts)
				if err == nil {
					t.Error("Connect = nil, want an error")
				}
				wantNoCanary(t, name, err)
				var refused *rdstls.ConfigError
				if errors.As(err, &refused) {
					t.Errorf("Connect = %v, want no ConfigError: trying again may help", err)
				}
			}
		})
	}
}
