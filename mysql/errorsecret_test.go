package rdsmysql_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

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
			tryDSN(t, dsn)
		}
	}
}

// tryDSN passes a DSN to everything that takes one.
func tryDSN(t *testing.T, dsn string) {
	t.Helper()
	_, err := rdsmysql.ParseDSN(dsn)
	wantNoCanary(t, dsn, err)
	for _, opts := range []*rdstls.Options{nil, trust()} {
		db, err := rdsmysql.OpenDB(dsn, opts)
		wantNoCanary(t, dsn, err)
		if err == nil {
			db.Close()
		}
	}
	if cfg, err := mysql.ParseDSN(dsn); err == nil {
		wantNoCanary(t, dsn, rdsmysql.Check(cfg))
		wantNoCanary(t, dsn, rdsmysql.Configure(cfg, &rdstls.Options{ServerName: "alias"}))
	}
}

// wantNoCanary fails the test if err, however formatted, or an error in it holds one
// of the words.
func wantNoCanary(t *testing.T, dsn string, err error) {
	t.Helper()
	advicetest.WantNoSecrets(t, fmt.Sprintf("%q", dsn), err, wordA, wordB)
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
