package dbservers

import (
	"context"
	"crypto/tls"
	"sync"
	"testing"

	"github.com/rdstls/go/internal/testcerts"
)

// A Rotation renews a server's certificate while a pool of connections is busy. The
// pool's queries do not fail.
type Rotation struct {
	// Query uses the pool. It is called by several goroutines.
	Query func(context.Context) error

	// Reconnect makes the pool ping the server, sooner or later through a new
	// connection.
	Reconnect func(context.Context) error

	mu   sync.Mutex
	seen map[string]bool // by the certificate
}

// VerifyConnection notes the certificate of a connection. It is for the pool's
// [tls.Config].
func (r *Rotation) VerifyConnection(cs tls.ConnectionState) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = make(map[string]bool)
	}
	r.seen[string(cs.PeerCertificates[0].Raw)] = true
	return nil
}

// Run gives s the certificates, one after another, and waits until a connection has
// seen each.
func (r *Rotation) Run(ctx context.Context, t testing.TB, s *Server, certs ...tls.Certificate) {
	t.Helper()
	stop := r.keepBusy(ctx, t)
	defer stop()
	for i, cert := range certs {
		chain, key := testcerts.PEMFiles(cert)
		if err := s.Rotate(chain, key); err != nil {
			t.Error(err)
			return
		}
		for !r.hasSeen(cert) {
			if err := r.Reconnect(ctx); err != nil {
				t.Errorf("ping, until a connection has seen certificate %d: %v", i+1, err)
				return
			}
		}
	}
}

func (r *Rotation) hasSeen(cert tls.Certificate) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen[string(cert.Certificate[0])]
}

// keepBusy calls Query in several goroutines until stop is called.
func (r *Rotation) keepBusy(ctx context.Context, t testing.TB) (stop func()) {
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
				if err := r.Query(ctx); err != nil {
					t.Errorf("query = %v, want nil", err)
					return
				}
			}
		})
	}
	return func() {
		close(done)
		queries.Wait()
	}
}
