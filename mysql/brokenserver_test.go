package rdsmysql_test

import (
	"context"
	"database/sql/driver"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
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

// TestReadOnlyServerIsBadConn checks that driver.ErrBadConn, by which database/sql
// takes another connection, stays as the driver returns it.
func TestReadOnlyServerIsBadConn(t *testing.T) {
	t.Parallel()
	s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Login: func(fakedb.Login) *fakedb.LoginError {
		return &fakedb.LoginError{Number: 1290, SQLState: "HY000", Message: "The MySQL server is running with the --read-only option"}
	}})
	cfg := diagnosed(t, s.Addr())
	cfg.RejectReadOnly, cfg.AllowCleartextPasswords = true, true
	if err := connect(t.Context(), cfg, trust()); err == nil || err.Error() != driver.ErrBadConn.Error() {
		t.Errorf("Connect = %v, want %v", err, driver.ErrBadConn)
	}
}
