package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

func wantDiagnosis(t *testing.T, what string, err error, want rdstls.Reason, facts ...string) {
	t.Helper()
	advicetest.Want(t, what, err, want, facts, canaryUser, canaryPassword, canaryDatabase)
}

// diagnosed is the configuration for host at an address.
func diagnosed(t *testing.T, addr string) *mysql.Config {
	t.Helper()
	cfg := parse(t, canaryUser+":"+canaryPassword+"@tcp("+orders+")/"+canaryDatabase)
	cfg.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", addr)
	}
	return cfg
}

// databases returns what connects with cfg: the driver alone, verified as well as
// it can be, and this package.
func databases(t *testing.T, cfg *mysql.Config) map[string]*sql.DB {
	t.Helper()
	stock := cfg.Clone()
	stock.TLS = &tls.Config{RootCAs: ca.Pool(), ServerName: orders}
	return map[string]*sql.DB{"stock": stockDB(t, stock), "ours": open(t, cfg, trust())}
}

func ping(t *testing.T, db *sql.DB, limit time.Duration) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	return db.PingContext(ctx)
}

const none rdstls.Reason = ""

// behaviorReasons are the diagnoses of what hostile servers do: with this package,
// and with the driver alone, whose errors of silence do not say when they were.
var behaviorReasons = map[string]struct{ ours, stock rdstls.Reason }{
	"close-before-greeting":   {rdstls.ReasonReset, none}, // the driver says no more than that the connection is invalid
	"reset-before-greeting":   {rdstls.ReasonReset, none},
	"error-as-greeting":       {none, none}, // 1040
	"injected-packet":         {rdstls.ReasonNoTLS, none},
	"close-after-request":     {rdstls.ReasonReset, none},
	"reset-after-request":     {rdstls.ReasonReset, none},
	"plaintext-after-request": {rdstls.ReasonNoTLS, rdstls.ReasonNoTLS},
	"silent-before-greeting":  {rdstls.ReasonTimeout, none},
	"silent-after-request":    {rdstls.ReasonTimeout, none},
	"slow-drip":               {rdstls.ReasonTimeout, none},
	"tls10-only":              {rdstls.ReasonTLSVersion, rdstls.ReasonTLSVersion},
	"tls11-only":              {rdstls.ReasonTLSVersion, rdstls.ReasonTLSVersion},
	"tls10-server-hello":      {rdstls.ReasonTLSVersion, rdstls.ReasonTLSVersion},
	"tls11-server-hello":      {rdstls.ReasonTLSVersion, rdstls.ReasonTLSVersion},
	"rsa-key-exchange-only":   {rdstls.ReasonTLSVersion, rdstls.ReasonTLSVersion},
	"cut-server-hello":        {rdstls.ReasonReset, none},
	"huge-handshake-message":  {rdstls.ReasonNotRDS, rdstls.ReasonNotRDS},
	"close-notify-first":      {rdstls.ReasonReset, none},
}

func TestDiagnoseBehaviors(t *testing.T) {
	t.Parallel()
	for _, b := range fakedb.HostileMySQL() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Behavior: b})
			want, ok := behaviorReasons[b.Name]
			if !ok {
				t.Fatal("there is no entry for this behavior")
			}
			limit := testTimeout
			if want.ours == rdstls.ReasonTimeout {
				limit = time.Second // dialing must not be what takes so long
			}
			for whose, db := range databases(t, diagnosed(t, s.Addr())) {
				reason := want.ours
				if whose == "stock" {
					reason = want.stock
				}
				err := ping(t, db, limit)
				var early *net.OpError
				switch {
				case errors.As(err, &early) && early.Op == "dial": // it was reset so early that dialing failed
					wantDiagnosis(t, whose, err, rdstls.ReasonUnreachable)
				case b.Name == "injected-packet" && whose == "stock": // it depends on whether both packets come at once
				case reason == none:
					advicetest.WantNone(t, whose, err)
				default:
					wantDiagnosis(t, whose, err, reason)
				}
			}
		})
	}
}

func TestDiagnoseMalformedGreeting(t *testing.T) {
	t.Parallel()
	s := greeter(t, [][]byte{{1, 0, 0, 0, 10}})
	wantDiagnosis(t, "one byte", ping(t, databases(t, diagnosed(t, s.Addr()))["ours"], testTimeout), rdstls.ReasonNoTLS, "port")
}

func TestDiagnoseCertificates(t *testing.T) {
	t.Parallel()
	for _, bad := range advicetest.BadCertificates(ca, orders, billing) {
		s := listen(t, fakedb.MySQLOptions{TLS: serving(bad.Cert)})
		for whose, db := range databases(t, diagnosed(t, s.Addr())) {
			wantDiagnosis(t, bad.Name+" "+whose, ping(t, db, testTimeout), bad.Reason, bad.Facts...)
		}
	}
	without := listen(t, fakedb.MySQLOptions{})
	for whose, db := range databases(t, diagnosed(t, without.Addr())) {
		wantDiagnosis(t, "no TLS "+whose, ping(t, db, testTimeout), rdstls.ReasonNoTLS, "strips TLS", "pooler")
	}
}

// TestDiagnoseTLSConfigKey checks the diagnoses of the stock driver with a registered
// TLS config key.
func TestDiagnoseTLSConfigKey(t *testing.T) {
	t.Parallel()
	for _, name := range []string{orders, "orders.internal"} {
		s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(name))})
		db, err := sql.Open("mysql", canaryUser+":"+canaryPassword+"@"+networkTo(s)+"("+name+":3306)/"+canaryDatabase+"?tls="+registered)
		if err != nil {
			t.Fatal(err)
		}
		wantDiagnosis(t, name, ping(t, db, testTimeout), rdstls.ReasonNotRDS, "unverified")
		db.Close()
	}
}
