package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"sync"
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
		var mu sync.Mutex
		awaited := map[string]chan struct{}{} // by the certificate, closed when a connection is made to it
		opts := &rdstls.Options{Roots: roots, Base: &tls.Config{VerifyConnection: func(cs tls.ConnectionState) error {
			mu.Lock()
			defer mu.Unlock()
			if connected, ok := awaited[string(cs.PeerCertificates[0].Raw)]; ok {
				close(connected)
				delete(awaited, string(cs.PeerCertificates[0].Raw))
			}
			return nil
		}}}
		db := open(t, realConfig(t, s, orders), opts)
		db.SetMaxOpenConns(8)
		db.SetMaxIdleConns(8)
		db.SetConnMaxLifetime(20 * time.Millisecond)
		ctx, cancel := context.WithTimeout(t.Context(), 2*testTimeout)
		defer cancel()
		done := make(chan struct{})
		var queries sync.WaitGroup
		for range 8 {
			queries.Go(func() {
				for {
					select {
					case <-done:
						return
					default:
					}
					var one int
					if err := db.QueryRowContext(ctx, "SELECT 1").Scan(&one); err != nil || one != 1 {
						t.Errorf("SELECT 1 = %d, %v", one, err)
						return
					}
				}
			})
		}
		for _, cert := range []tls.Certificate{
			ca.Instance(orders), ecc.Instance(orders), ca.AuroraInstance(orders, "writer."+orders, "reader."+orders),
		} {
			connected := make(chan struct{})
			mu.Lock()
			awaited[string(cert.Certificate[0])] = connected
			mu.Unlock()
			chain, key := testcerts.PEMFiles(cert)
			if err := s.Rotate(chain, key); err != nil {
				t.Error(err)
				break
			}
			select {
			case <-connected:
			case <-ctx.Done():
				t.Error("no connection was made to the server's new certificate")
			}
		}
		close(done)
		queries.Wait()
		if stats := db.Stats(); stats.MaxLifetimeClosed == 0 {
			t.Errorf("no connection was recycled: %+v", stats)
		}
	})
}
