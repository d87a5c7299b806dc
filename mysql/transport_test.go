//go:build unix

package rdsmysql_test

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"
)

// A channel is like one of x/crypto/ssh whose peer is gone: it has no deadlines, and
// Close does not end Read.
type channel struct{ net.Conn }

var errNoDeadlines = errors.New("ssh: deadline not supported")

func (channel) SetDeadline(time.Time) error      { return errNoDeadlines }
func (channel) SetReadDeadline(time.Time) error  { return errNoDeadlines }
func (channel) SetWriteDeadline(time.Time) error { return errNoDeadlines }
func (channel) Close() error                     { return nil }

// TestChannelIsBounded checks that the context ends an attempt over a connection
// that neither keeps deadlines nor ends a Read on Close.
func TestChannelIsBounded(t *testing.T) {
	t.Parallel()
	for name, silence := range silences {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T) {
				cfg, received := piped(silence.serve)
				dial := cfg.DialFunc
				var pipe net.Conn
				cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
					var err error
					pipe, err = dial(ctx, network, addr)
					return channel{pipe}, err
				}
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				start := time.Now()
				err := connect(ctx, cfg, trust())
				if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 10*time.Second {
					t.Errorf("Connect = %v after %v, want %v after 5s", err, took, context.DeadlineExceeded)
				}
				pipe.Close()
				received()
			})
		})
	}
}

// TestKeepAlive checks that a connection of a DialFunc has the keepalive that the
// driver switches on.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	s := honest(t, orders)
	cfg := parse(t, "u:p@tcp("+orders+")/?allowCleartextPasswords=true")
	var raw syscall.RawConn
	cfg.DialFunc = func(ctx context.Context, network, _ string) (net.Conn, error) {
		conn, err := (&net.Dialer{KeepAlive: -1}).DialContext(ctx, network, s.Addr())
		if err == nil {
			raw, err = conn.(*net.TCPConn).SyscallConn()
		}
		return conn, err
	}
	c := newConnector(t, cfg, trust())
	conn, err := c.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var keepAlive int
	if err := raw.Control(func(fd uintptr) {
		keepAlive, err = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_KEEPALIVE)
	}); err != nil {
		t.Fatal(err)
	}
	if err != nil || keepAlive == 0 {
		t.Errorf("SO_KEEPALIVE = %d, %v, want it set", keepAlive, err)
	}
}
