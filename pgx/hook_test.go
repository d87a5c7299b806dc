package rdspgx_test

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/rdstls"
)

// calls counts the calls of hooks, in order.
type calls struct{ order []string }

func (c *calls) verify(name string, err error) func(tls.ConnectionState) error {
	return func(tls.ConnectionState) error {
		c.order = append(c.order, name)
		return err
	}
}

func (c *calls) afterNetConnect(name string) func(context.Context, *pgconn.Config, net.Conn) (net.Conn, error) {
	return func(_ context.Context, _ *pgconn.Config, conn net.Conn) (net.Conn, error) {
		c.order = append(c.order, name)
		return conn, nil
	}
}

func (c *calls) password(name string) rdstls.PasswordFunc {
	return func(context.Context, string, string) (string, error) {
		c.order = append(c.order, name)
		return name, nil
	}
}

// The caller's connection is the one that pgx goes on with.
func TestConfigureKeepsHookConn(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	cfg := configFor(t, server)
	var written atomic.Int64
	cfg.AfterNetConnect = func(_ context.Context, _ *pgconn.Config, conn net.Conn) (net.Conn, error) {
		return countingConn{conn, &written}, nil
	}
	configure(t, cfg, trust())
	wantConnect(t, cfg)
	if written.Load() == 0 {
		t.Error("nothing was written to the connection that the caller's hook returned")
	}
	wantLogin(t, server)
}

type countingConn struct {
	net.Conn
	written *atomic.Int64
}

func (c countingConn) Write(p []byte) (int, error) {
	c.written.Add(int64(len(p)))
	return c.Conn.Write(p)
}

var _ pgx.QueryTracer = (*connectTracer)(nil)

// A connectTracer holds the errors that pgx reports to tracers.
type connectTracer struct{ errs []error }

func (*connectTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (*connectTracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (*connectTracer) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	return ctx
}

func (t *connectTracer) TraceConnectEnd(_ context.Context, data pgx.TraceConnectEndData) {
	t.errs = append(t.errs, data.Err)
}
