package adapter_test

import (
	"errors"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rdstls/go/internal/adapter"
)

// A slowWriter sends what is written to it to wrote, but not before it is released.
type slowWriter struct {
	net.Conn
	began, release chan struct{}
	wrote          chan string
}

func (c slowWriter) Write(p []byte) (int, error) {
	close(c.began)
	<-c.release
	c.wrote <- string(p)
	return len(p), nil
}

// TestWriteAfterDeadline checks that a Write which outlives its deadline still has its
// own bytes: the caller may use the slice again once Write has returned. No Write
// follows it.
func TestWriteAfterDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // which ends with a deadlock if something hangs
		slow := slowWriter{began: make(chan struct{}), release: make(chan struct{}), wrote: make(chan string, 1)}
		conn := adapter.WithDeadlines(slow)
		go func() {
			<-slow.began
			_ = conn.SetWriteDeadline(time.Now().Add(-time.Second))
		}()
		p := []byte("query")
		if _, err := conn.Write(p); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Write = %v, want %v", err, os.ErrDeadlineExceeded)
		}
		_ = conn.SetWriteDeadline(time.Time{})
		if _, err := conn.Write([]byte("more")); !errors.Is(err, net.ErrClosed) {
			t.Errorf("Write after one that may have been partial = %v, want %v", err, net.ErrClosed)
		}
		copy(p, "other")
		close(slow.release)
		if got := <-slow.wrote; got != "query" {
			t.Errorf("%q was written, want %q", got, "query")
		}
	})
}
