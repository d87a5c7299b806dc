package connstr_test

import (
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
	"github.com/rdstls/go/internal/testcerts"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

var mysqlStrings = map[string]struct {
	s    string
	want connstr.Verdict
	host connstr.HostClass
}{
	"none":             {"app:pw@tcp(db.prod.net:3306)/orders", connstr.Plaintext, connstr.RemoteHost},
	"no-port":          {"app:pw@tcp(db.prod.net)/orders?parseTime=true", connstr.Plaintext, connstr.RemoteHost},
	"true":             {"app:pw@tcp(db.prod.net)/orders?tls=true", connstr.SystemRoots, connstr.RemoteHost},
	"one":              {"app:pw@tcp(db.prod.net)/orders?tls=1", connstr.SystemRoots, connstr.RemoteHost},
	"false":            {"app:pw@tcp(db.prod.net)/orders?tls=False", connstr.Plaintext, connstr.RemoteHost},
	"skip-verify":      {"app:pw@tcp(db.prod.net)/orders?tls=Skip-Verify", connstr.Unverified, connstr.RemoteHost},
	"preferred":        {"app:pw@tcp(db.prod.net)/orders?tls=preferred", connstr.Plaintext, connstr.RemoteHost},
	"registered":       {"app:pw@tcp(db.prod.net)/orders?tls=connstr-test", connstr.Verified, connstr.RemoteHost},
	"fallback":         {"app:pw@tcp(db.prod.net)/orders?tls=connstr-test&allowFallbackToPlaintext=true", connstr.Plaintext, connstr.RemoteHost},
	"fallback-skip":    {"app:pw@tcp(db.prod.net)/orders?tls=skip-verify&allowFallbackToPlaintext=1", connstr.Plaintext, connstr.RemoteHost},
	"last-wins":        {"app:pw@tcp(db.prod.net)/orders?tls=connstr-test&tls=false", connstr.Plaintext, connstr.RemoteHost},
	"empty":            {"app:pw@tcp(db.prod.net)/orders?tls=", connstr.Plaintext, connstr.RemoteHost},
	"no-value":         {"app:pw@tcp(db.prod.net)/orders?tls=connstr-test&tls", connstr.Verified, connstr.RemoteHost},
	"upper-key":        {"app:pw@tcp(db.prod.net)/orders?TLS=connstr-test", connstr.Plaintext, connstr.RemoteHost},
	"sslmode":          {"app:pw@tcp(db.prod.net)/orders?sslmode=verify-full", connstr.Plaintext, connstr.RemoteHost},
	"slash-password":   {"app:p/w@tcp(db.prod.net)/orders?tls=skip-verify", connstr.Unverified, connstr.RemoteHost},
	"at-password":      {"app:p@w@tcp(db.prod.net)/orders", connstr.Plaintext, connstr.RemoteHost},
	"socket":           {"app@unix(/tmp/mysql.sock)/orders", connstr.Plaintext, connstr.LocalHost},
	"default":          {"/orders", connstr.Plaintext, connstr.LocalHost},
	"ipv6":             {"app@tcp([2001:db9::1]:3306)/orders?tls=skip-verify", connstr.Unverified, connstr.RemoteHost},
	"endpoint":         {"app@tcp(orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com)/orders", connstr.Plaintext, connstr.RDSHost},
	"endpoint-cut":     {"app@tcp(orders.xxx.rds.amazonaws.com)/orders", connstr.Plaintext, connstr.RDSHost},
	"docker":           {"app@tcp(mysql:3306)/orders", connstr.Plaintext, connstr.LocalHost},
	"loopback":         {"app@tcp(127.0.0.1:3306)/orders", connstr.Plaintext, connstr.LocalHost},
	"kubernetes":       {"app@tcp(mysql.default.svc.cluster.local:3306)/orders", connstr.Plaintext, connstr.LocalHost},
	"documentation":    {"app@tcp(db.example.com:3306)/orders", connstr.Plaintext, connstr.UnknownHost},
	"own-network":      {"app@mynet(db.prod.net:3306)/orders", connstr.Plaintext, connstr.UnknownHost},
	"escaped-database": {"app@tcp(db.prod.net)/a%2Fb?tls=skip-verify", connstr.Unverified, connstr.RemoteHost},
}

// TestMySQL checks the verdicts, and that they are what the driver does: silence
// means that rdsmysql.Check accepts what it makes of the string, apart from roots.
func TestMySQL(t *testing.T) {
	registerKey(t)
	for name, tt := range mysqlStrings {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, err := connstr.ParseMySQL(tt.s)
			if err != nil {
				t.Fatal(err)
			}
			if c.MySQL() != tt.want || c.HostClass() != tt.host {
				t.Errorf("verdict %v and host %v, want %v and %v", c.MySQL(), c.HostClass(), tt.want, tt.host)
			}
			compareMySQL(t, tt.s)
		})
	}
}

func registerKey(tb testing.TB) {
	tb.Helper()
	opts := &rdstls.Options{Roots: testcerts.New("eu-west-1", testcerts.ECC384).Pool()}
	if err := rdsmysql.RegisterTLSConfig("connstr-test", opts); err != nil {
		tb.Fatal(err)
	}
}

func compareMySQL(t *testing.T, s string) {
	t.Helper()
	cfg, driverErr := parseDSN(s)
	c, err := connstr.ParseMySQL(s)
	if driverErr != nil {
		return
	}
	if err != nil {
		t.Fatalf("the driver accepts %q, but ParseMySQL says %v", s, err)
	}
	if c.MySQL() == connstr.SystemRoots && cfg.TLS != nil && cfg.TLS.RootCAs == nil {
		cfg.TLS.RootCAs = testcerts.New("eu-west-1", testcerts.ECC384).Pool() // "apart from roots"
	}
	checkErr := rdsmysql.Check(cfg)
	verified := c.MySQL() == connstr.Verified || c.MySQL() == connstr.SystemRoots
	if verified != (checkErr == nil) {
		t.Errorf("%q: verdict %v, but rdsmysql.Check = %v", s, c.MySQL(), checkErr)
	}
}

// parseDSN survives the panic of the driver at the parameter strict.
func parseDSN(s string) (cfg *mysql.Config, err error) {
	defer func() {
		if recover() != nil {
			err = mysql.ErrInvalidConn
		}
	}()
	return mysql.ParseDSN(s)
}

// FuzzMySQL checks that silence means what it says for strings near real ones.
func FuzzMySQL(f *testing.F) {
	registerKey(f)
	for _, tt := range mysqlStrings {
		f.Add(tt.s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !connstr.HasHole(s) && !strings.Contains(s, "serverPubKey") {
			compareMySQL(t, s)
		}
	})
}
