package rdspgx_test

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/testcerts"
)

// RDS renews the certificate of a running server, under another of the Region's
// roots if that was asked for. Nobody may notice.
func TestRealRotation(t *testing.T) {
	t.Parallel()
	other := testcerts.New("eu-west-1", testcerts.ECC384)
	certs := []tls.Certificate{ca.Instance(orders), other.Instance(orders), ca.AuroraInstance(orders, archive, billing), ca.Instance(orders)}
	opts := trust()
	opts.Roots.AddCert(other.Root())
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		s := dbservers.Start(t, shared.Installation, realOptions(certs[0]))
		var mu sync.Mutex
		seen := make(map[string]int)
		opts := *opts
		opts.Base = &tls.Config{VerifyConnection: func(cs tls.ConnectionState) error {
			mu.Lock()
			defer mu.Unlock()
			seen[cs.PeerCertificates[0].SerialNumber.String()]++
			return nil
		}}
		cfg, err := pgxpool.ParseConfig(asURL.dsn([]string{orders}, "pool_max_conns=8"))
		if err != nil {
			t.Fatal(err)
		}
		route(cfg.ConnConfig, map[string]string{orders: s.Addr})
		configure(t, cfg.ConnConfig, &opts)
		pool, err := pgxpool.NewWithConfig(bounded(t), cfg)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()

		ctx, stop := context.WithCancel(bounded(t))
		var busy sync.WaitGroup
		var queries atomic.Int64
		for range 8 {
			busy.Go(func() {
				for ctx.Err() == nil {
					var one int
					if err := pool.QueryRow(bounded(t), "select 1").Scan(&one); err != nil {
						t.Errorf("query = %v, want nil", err)
						return
					}
					if queries.Add(1)%16 == 0 {
						pool.Reset()
					}
				}
			})
		}
		for i, cert := range certs {
			if i > 0 {
				chain, key := testcerts.PEMFiles(cert)
				if err := s.Rotate(chain, key); err != nil {
					t.Error(err)
				}
			}
			waitSeen(t, pool, func() bool {
				mu.Lock()
				defer mu.Unlock()
				return seen[cert.Leaf.SerialNumber.String()] > 0
			}, fmt.Sprintf("certificate %d", i+1))
		}
		stop()
		busy.Wait()
		if len(seen) != len(certs) {
			t.Errorf("connections saw %d certificates, want %d", len(seen), len(certs))
		}
	})
}

// waitSeen makes new connections until seen.
func waitSeen(t *testing.T, pool *pgxpool.Pool, seen func() bool, what string) {
	t.Helper()
	ctx := bounded(t)
	for !seen() {
		pool.Reset()
		if err := pool.Ping(ctx); err != nil {
			t.Errorf("waiting for %s: %v", what, err)
			return
		}
	}
}
