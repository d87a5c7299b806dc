package rdspgx_test

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/fakedb"
)

// TestHookWeakensItsConnection checks that an AfterNetConnect hook, which runs after
// the guard has accepted the server, cannot weaken the configuration that a cancel
// request uses.
func TestHookWeakensItsConnection(t *testing.T) {
	t.Parallel()
	for name, weaken := range map[string]func(*pgconn.Config){
		"in-place":       func(c *pgconn.Config) { c.TLSConfig.InsecureSkipVerify, c.TLSConfig.VerifyConnection = true, nil },
		"replaced":       func(c *pgconn.Config) { c.TLSConfig = &tls.Config{InsecureSkipVerify: true} },
		"plaintext":      func(c *pgconn.Config) { c.TLSConfig = nil },
		"SSLNegotiation": func(c *pgconn.Config) { c.SSLNegotiation = "direct" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := honest(t, orders)
			cfg := configFor(t, server)
			cfg.AfterNetConnect = func(_ context.Context, c *pgconn.Config, conn net.Conn) (net.Conn, error) {
				weaken(c)
				return conn, nil
			}
			configure(t, cfg, trust())
			if err := connect(bounded(t), cfg); err == nil {
				t.Error("connect = nil, want an error")
			}
			for _, c := range server.Ended(t) {
				if login := c.Login(); login.User != "" {
					t.Errorf("the server received the login %+v, want none", login)
				}
			}
		})
	}
}

// TestNilConn checks that a DialFunc that returns nothing is an error, where pgx
// panics, and once more in a goroutine of its own.
func TestNilConn(t *testing.T) {
	t.Parallel()
	cfg := parse(t, asURL.dsn([]string{orders}))
	cfg.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) { return nil, nil }
	configure(t, cfg, trust())
	if _, err := pgx.ConnectConfig(bounded(t), cfg); err == nil {
		t.Error("ConnectConfig = nil, want an error")
	}
}

// TestSharedConfig checks that connections of pgconn, which does not copy the
// configuration, can share one with an OAuthTokenProvider. The race detector finds
// what the guard writes to it.
func TestSharedConfig(t *testing.T) {
	t.Parallel()
	server := listen(t, fakedb.PostgresOptions{TLS: serving(ca.Instance(orders)), Auth: fakedb.AuthOAuth})
	cfg := configFor(t, server)
	cfg.OAuthTokenProvider = func(context.Context) (string, error) { return "token", nil }
	configure(t, cfg, trust())
	ctx := bounded(t)
	var wg sync.WaitGroup
	for range 40 {
		wg.Go(func() {
			conn, err := pgconn.ConnectConfig(ctx, &cfg.Config)
			if err != nil {
				t.Errorf("ConnectConfig = %v, want nil", err)
				return
			}
			_ = conn.Close(ctx) // fails if ctx has ended, as ConnectConfig does then
		})
	}
	wg.Wait()
}
