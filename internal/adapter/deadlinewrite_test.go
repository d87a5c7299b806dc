package adapter_test

import (
	"errors"
	"net"
	"os"
	"runtime"
	"testing"
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
// own bytes: the caller may use the slice again once Write has returned.
func TestWriteAfterDeadline(t *testing.T) {
	t.Parallel()
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
	copy(p, "other")
	close(slow.release)
	if got := <-slow.wrote; got != "query" {
		t.Errorf("%q was written, want %q", got, "query")
	}
}

// TestDeadlinesFreed checks that a deadline that was set again leaves nothing in
// memory: a driver sets one for each query. It is not parallel to other tests, whose
// memory would count.
func TestDeadlinesFreed(t *testing.T) {
	const n = 20_000
	conn := adapter.WithDeadlines(noDeadlines{})
	before := liveObjects()
	for range n {
		_ = conn.SetDeadline(time.Now().Add(time.Hour))
	}
	if left := liveObjects() - before; left > n {
		t.Errorf("%d deadlines leave %d objects in memory, want a few", n, left)
	}
	runtime.KeepAlive(conn)
}

func liveObjects() int64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapObjects)
}
