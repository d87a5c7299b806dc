package rdsmysql_test

import (
	"bytes"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"slices"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
)

// stockConnector returns a connector of the driver's own.
func stockConnector(t testing.TB, cfg *mysql.Config) driver.Connector {
	t.Helper()
	c, err := mysql.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// stockDB returns a pool of the driver's own.
func stockDB(t testing.TB, cfg *mysql.Config) *sql.DB {
	t.Helper()
	db := sql.OpenDB(stockConnector(t, cfg))
	t.Cleanup(func() { db.Close() })
	return db
}

// TestStockDriverLeaks is the control: the same DSNs and servers, without
// this package. Should it fail, the tests above may prove nothing.
func TestStockDriverLeaks(t *testing.T) {
	t.Parallel()
	for name, attacker := range attackers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, attacker)
			for _, address := range []string{networkTo(s) + "(" + orders + ":3306)", "tcp(" + s.Addr() + ")"} {
				db := stockDB(t, parse(t, canaryDSN(address, permissiveParams)))
				_ = db.PingContext(t.Context()) // whatever it says
				db.Close()
			}
			for i, c := range s.Ended(t) {
				got := c.Leaks(canaryUser, canaryPassword, canaryDatabase)
				if !slices.Contains(got, canaryUser) && !slices.Contains(got, canaryPassword) && !slices.Contains(got, canaryDatabase) {
					t.Errorf("connection %d: the attacker received %q, want a secret", i+1, got)
				}
				if attacker.Plugin != "client_ed25519" && !c.Contains(canaryPassword) {
					t.Errorf("connection %d: the attacker did not receive the password", i+1)
				}
			}
		})
	}
}

// TestStockDriverLeaksSticky is the control.
func TestStockDriverLeaksSticky(t *testing.T) {
	t.Parallel()
	attacked, later := sticky(t, func(dial dialFunc) *sql.DB {
		cfg := parse(t, canaryDSN("tcp("+orders+")", permissiveParams))
		cfg.TLS = &tls.Config{RootCAs: ca.Pool(), ServerName: orders}
		cfg.DialFunc = dial
		return stockDB(t, cfg)
	})
	if len(attacked) != 1 || !attacked[0].Contains(canaryPassword) {
		t.Errorf("the attacker of %d connections received nothing, want the password", len(attacked))
	}
	if len(later) != 2 || !slices.ContainsFunc(later, func(c *fakedb.Conn) bool { return bytes.Contains(c.Plain(), []byte(canaryPassword)) }) {
		t.Errorf("the server of %d connections received no password outside TLS", len(later))
	}
}
