package rdspgx_test

import (
	"context"
	"net"
	"runtime"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// keepReachable keeps the connections of cfg until the test ends. The garbage
// collector closes a socket that nothing refers to, as if a guard had done so.
func keepReachable(t *testing.T, cfg *pgx.ConnConfig) {
	t.Helper()
	dial := cfg.DialFunc
	var mu sync.Mutex
	var conns []net.Conn
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		mu.Lock()
		defer mu.Unlock()
		conns = append(conns, conn)
		return conn, err
	}
	t.Cleanup(func() { runtime.KeepAlive(conns) })
}

// TestCallbackPanics checks that a callback for a message of the server that panics
// leaves no socket open.
func TestCallbackPanics(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(*pgx.ConnConfig, *pgconn.PgConn){
		"OnNotice":       func(c *pgx.ConnConfig, conn *pgconn.PgConn) { c.OnNotice(conn, &pgconn.Notice{}) },
		"OnNotification": func(c *pgx.ConnConfig, conn *pgconn.PgConn) { c.OnNotification(conn, &pgconn.Notification{}) },
		"OnPgError":      func(c *pgx.ConnConfig, conn *pgconn.PgConn) { c.OnPgError(conn, &pgconn.PgError{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := honest(t, orders)
			cfg := configFor(t, server)
			keepReachable(t, cfg)
			cfg.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) { panic(name) }
			cfg.OnNotification = func(*pgconn.PgConn, *pgconn.Notification) { panic(name) }
			cfg.OnPgError = func(*pgconn.PgConn, *pgconn.PgError) bool { panic(name) }
			configure(t, cfg, trust())
			conn, err := pgx.ConnectConfig(bounded(t), cfg)
			if err != nil {
				t.Fatalf("connect = %v, want nil", err)
			}
			func() {
				defer func() {
					if got := recover(); got != name {
						t.Errorf("recovered %v, want %v", got, name)
					}
				}()
				call(cfg, conn.PgConn())
			}()
			if _, err := server.Wait(bounded(t)); err != nil {
				t.Errorf("the socket stays open: %v", err)
			}
		})
	}
}
