package rdspgx_test

import (
	"context"
	"net"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// A closeRecorder is a socket that records whether Close was called.
type closeRecorder struct {
	*net.TCPConn
	closed atomic.Bool
}

func (c *closeRecorder) Close() error {
	c.closed.Store(true)
	return c.TCPConn.Close()
}

// recordCloses returns a function that fails the test if a connection of cfg was not
// closed.
func recordCloses(t *testing.T, cfg *pgx.ConnConfig) (wantClosed func()) {
	t.Helper()
	dial := cfg.DialFunc
	var mu sync.Mutex
	var conns []*closeRecorder
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		mu.Lock()
		defer mu.Unlock()
		c := &closeRecorder{TCPConn: conn.(*net.TCPConn)}
		conns = append(conns, c)
		return c, nil
	}
	return func() {
		t.Helper()
		mu.Lock()
		defer mu.Unlock()
		isOpen := func(c *closeRecorder) bool { return !c.closed.Load() }
		if len(conns) == 0 || slices.ContainsFunc(conns, isOpen) {
			t.Fatalf("of %d connections, one was left open", len(conns))
		}
	}
}

// TestCallbackPanics checks that a callback for a message of the server that panics
// leaves no socket open, and that a program can call it without a connection.
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
			wantClosed := recordCloses(t, cfg)
			cfg.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) { panic(name) }
			cfg.OnNotification = func(*pgconn.PgConn, *pgconn.Notification) { panic(name) }
			cfg.OnPgError = func(*pgconn.PgConn, *pgconn.PgError) bool { panic(name) }
			configure(t, cfg, trust())
			conn, err := pgx.ConnectConfig(bounded(t), cfg)
			if err != nil {
				t.Fatalf("connect = %v, want nil", err)
			}
			for _, conn := range []*pgconn.PgConn{nil, conn.PgConn()} {
				func() {
					defer func() {
						if got := recover(); got != name {
							t.Errorf("recovered %v, want %v", got, name)
						}
					}()
					call(cfg, conn)
				}()
			}
			wantClosed()
		})
	}
}
