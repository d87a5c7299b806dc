package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"testing"
	"time"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// TestRealRotation renews the server's certificate, under another authority of the
// Region too, while a pool that recycles its connections is busy. No query fails.
func TestRealRotation(t *testing.T) {
	t.Parallel()
	ecc := testcerts.New("eu-west-1", testcerts.ECC384)
	roots := ca.Pool()
	roots.AddCert(ecc.Root())
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		setup := realOptions(ca.Instance(orders))
		setup.CA = append(ca.PEM(), ecc.PEM()...) // Oracle MySQL wants to know its own roots
		s := dbservers.Start(t, shared.Installation, setup)
		var db *sql.DB
		rotation := &dbservers.Rotation{
			Query: func(ctx context.Context) error {
				var one int
				return db.QueryRowContext(ctx, "SELECT 1").Scan(&one)
			},
			Reconnect: func(ctx context.Context) error { return db.PingContext(ctx) },
		}
		db = open(t, realConfig(t, s, orders), &rdstls.Options{
			Roots: roots,
			Base:  &tls.Config{VerifyConnection: rotation.VerifyConnection},
		})
		db.SetMaxOpenConns(8)
		db.SetMaxIdleConns(8)
		db.SetConnMaxLifetime(20 * time.Millisecond)
		rotation.Run(bounded(t), t, s,
			ca.Instance(orders), ecc.Instance(orders), ca.AuroraInstance(orders, "writer."+orders, "reader."+orders))
		if stats := db.Stats(); stats.MaxLifetimeClosed == 0 {
			t.Errorf("no connection was recycled: %+v", stats)
		}
	})
}
