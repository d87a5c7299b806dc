package rdsmysql_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/advicetest"
	rdsmysql "github.com/rdstls/go/mysql"
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
