package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/sidebyside"
	"github.com/rdstls/go/internal/testcerts"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// BenchmarkRatioConnect connects to real servers and pings them, beside a
// careful program's own configuration. Such a one has no session cache.
func BenchmarkRatioConnect(b *testing.B) {
	compareConnections(b, func(ctx context.Context, conn driver.Conn) error { return conn.(driver.Pinger).Ping(ctx) })
}

// BenchmarkFirstPrepared connects to real servers and prepares a statement, before
// which the connection is checked.
func BenchmarkFirstPrepared(b *testing.B) {
	compareConnections(b, func(ctx context.Context, conn driver.Conn) error {
		stmt, err := conn.(driver.ConnPrepareContext).PrepareContext(ctx, "SELECT 1")
		if err != nil {
			return err
		}
		return stmt.Close()
	})
}

func compareConnections(b *testing.B, use func(context.Context, driver.Conn) error) {
	b.Helper()
	installations, err := dbservers.Find(dbservers.MariaDB, dbservers.MySQL)
	if err != nil {
		b.Fatal(err)
	}
	ca := testcerts.New("eu-west-1", testcerts.RSA2048) // the type that RDS uses unless told otherwise
	for _, in := range installations {
		s := dbservers.Start(b, in, realOptions(ca.Instance(orders)))
		for name, version := range versions {
			b.Run(s.Name()+"/"+name, func(b *testing.B) {
				ours, err := rdsmysql.NewConnector(realConfig(b, s, orders),
					&rdstls.Options{Roots: ca.Pool(), Base: &tls.Config{MaxVersion: version}})
				if err != nil {
					b.Fatal(err)
				}
				cfg := realConfig(b, s, orders)
				cfg.TLSConfig = ""
				cfg.TLS = &tls.Config{
					RootCAs: ca.Pool(), ServerName: orders, MinVersion: tls.VersionTLS12, MaxVersion: version,
				}
				theirs, err := mysql.NewConnector(cfg)
				if err != nil {
					b.Fatal(err)
				}
				sidebyside.Compare(b, "ns", connecting(b, ours, use), connecting(b, theirs, use))
			})
		}
	}
}

func connecting(b *testing.B, c driver.Connector, use func(context.Context, driver.Conn) error) sidebyside.Measure {
	return sidebyside.Timed(func() {
		conn, err := c.Connect(b.Context())
		if err != nil {
			b.Fatal(err)
		}
		if err := use(b.Context(), conn); err != nil {
			b.Fatal(err)
		}
		if err := conn.Close(); err != nil {
			b.Fatal(err)
		}
	})
}
