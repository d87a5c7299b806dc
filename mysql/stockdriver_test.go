package rdsmysql_test

import (
	"bytes"
	"crypto/tls"
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
)

func stockDB(t testing.TB, cfg *mysql.Config) *sql.DB {
	t.Helper()
	c, err := mysql.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sql.OpenDB(c)
}

// TestHazardsOfTheStockDriver is the control: the same DSNs and servers, without
// this package. Should it fail, the tests above may prove nothing.
func TestHazardsOfTheStockDriver(t *testing.T) {
	t.Parallel()
	for name, attacker := range attackers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, attacker)
			for _, address := range []string{networkTo(s) + "(" + host + ":3306)", "tcp(" + s.Addr() + ")"} {
				db := stockDB(t, parse(t, canaryDSN(address, worst)))
				_ = db.PingContext(t.Context()) // whatever it says
				db.Close()
			}
			for i, c := range ended(t, s) {
				got := leak(c, true)
				if !strings.HasPrefix(got, "the word") {
					t.Errorf("connection %d: the attacker heard %q, want a secret", i+1, got)
				}
				if attacker.Plugin != "client_ed25519" && !c.Contains(password) {
					t.Errorf("connection %d: the attacker did not hear the password", i+1)
				}
			}
		})
	}
}

// TestHazardsStickyOfTheStockDriver is the control.
func TestHazardsStickyOfTheStockDriver(t *testing.T) {
	t.Parallel()
	attacked, later := sticky(t, func(dial dialFunc) *sql.DB {
		cfg := parse(t, canaryDSN("tcp("+host+")", worst))
		cfg.TLS = &tls.Config{RootCAs: authority().Pool(), ServerName: host}
		cfg.DialFunc = dial
		return stockDB(t, cfg)
	})
	if len(attacked) != 1 || !attacked[0].Contains(password) {
		t.Errorf("the attacker of %d connections heard nothing, want the password", len(attacked))
	}
	if len(later) != 2 || !slices.ContainsFunc(later, func(c *fakedb.Conn) bool { return bytes.Contains(c.Plain(), []byte(password)) }) {
		t.Errorf("the server of %d connections heard no password outside TLS", len(later))
	}
}
