package rdspgx_test

import (
	"context"
	"crypto/tls"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/testcerts"
)

// TestRealRotation renews the server's certificate, under another authority of the
// Region too, while a pool that recycles its connections is busy. No query fails.
func TestRealRotation(t *testing.T) {
	t.Parallel()
	ecc := testcerts.New("eu-west-1", testcerts.ECC384)
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		s := dbservers.Start(t, shared.Installation, realOptions(ca.Instance(orders)))
		cfg, err := pgxpool.ParseConfig(asURL.dsn([]string{orders}, "pool_max_conns=8"))
		if err != nil {
			t.Fatal(err)
		}
		route(cfg.ConnConfig, map[string]string{orders: s.Addr})
		var pool *pgxpool.Pool
		var queries atomic.Int64
		rotation := &dbservers.Rotation{
			Query: func(ctx context.Context) error {
				if queries.Add(1)%16 == 0 {
					pool.Reset()
				}
				var one int
				return pool.QueryRow(ctx, "select 1").Scan(&one)
			},
			Reconnect: func(ctx context.Context) error {
				pool.Reset()
				return pool.Ping(ctx)
			},
		}
		opts := trust()
		opts.Roots.AddCert(ecc.Root())
		opts.Base = &tls.Config{VerifyConnection: rotation.VerifyConnection}
		configure(t, cfg.ConnConfig, opts)
		pool, err = pgxpool.NewWithConfig(bounded(t), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		rotation.Run(bounded(t), t, s,
			ca.Instance(orders), ecc.Instance(orders), ca.AuroraInstance(orders, archive, billing), ca.Instance(orders))
	})
}
