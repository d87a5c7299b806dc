package rdsmysql_test

import (
	"context"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// A closeWatcher tells when it is closed.
type closeWatcher struct {
	net.Conn
	once   sync.Once
	closed chan struct{}
}

func (c *closeWatcher) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}

// TestBrokenServerIsClosed checks that Connect leaves no connection open if the
// verified server sends what makes the driver fail or panic.
func TestBrokenServerIsClosed(t *testing.T) {
	t.Parallel()
	refusal := append([]byte{1 + 2 + 1 + 5, 0, 0, 1, 0xff, 0x17, 0x04}, "#08S01"...) // of a COM_PING
	for name, tt := range map[string]struct {
		answers  [][]byte
		compress bool
		want     string // in the error
	}{
		"panic":            {[][]byte{{1, 0, 0, 3, 0xff}}, false, "the driver panicked"},
		"refuses-COM_PING": {[][]byte{loginAccepted, append([]byte{byte(len(refusal)), 0, 0, 1, 0, 0, 0}, refusal...)}, true, "Error 1047"},
	} {
		cfg, received := piped(func(conn net.Conn) int64 {
			answerPackets(conn, serving(ca.Instance(orders)), flip(5)(slices.Clone(tlsGreeting)), tt.answers...)
			return drain(conn)
		})
		if err := cfg.Apply(mysql.EnableCompression(tt.compress)); err != nil {
			t.Fatal(err)
		}
		dial, closed := cfg.DialFunc, make(chan struct{})
		cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			return &closeWatcher{Conn: conn, closed: closed}, err
		}
		if err := connect(bounded(t), cfg, trust()); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Connect = %v, want an error about %s", name, err, tt.want)
		}
		select {
		case <-closed:
			received()
		case <-bounded(t).Done():
			t.Errorf("%s: the connection was left open", name)
		}
	}
}
