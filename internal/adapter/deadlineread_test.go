package adapter_test

import (
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rdstls/go/internal/adapter"
)

// A scripted connection reads what its functions return, one for each Read.
type scripted struct {
	net.Conn
	reads  chan func(p []byte) (int, error)
	closed chan struct{}
}

func newScripted(reads ...func([]byte) (int, error)) *scripted {
	c := &scripted{reads: make(chan func([]byte) (int, error), len(reads)), closed: make(chan struct{})}
	for _, read := range reads {
		c.reads <- read
	}
	close(c.reads)
	return c
}

func (c *scripted) Read(p []byte) (int, error) {
	read, ok := <-c.reads
	if !ok {
		return 0, errors.New("one Read too many")
	}
	return read(p)
}

func (c *scripted) Close() error { close(c.closed); return io.ErrClosedPipe }

// TestReadAfterDeadline checks that a deadline that has passed ends a Read although
// bytes are there, and that a Read which it cut off loses nothing.
func TestReadAfterDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // which ends with a deadlock if something hangs
		began, arrives := make(chan struct{}), make(chan struct{})
		conn := adapter.WithDeadlines(newScripted(func(p []byte) (int, error) {
			close(began)
			<-arrives
			return copy(p, "abcdef"), io.EOF
		}))
		cut := make(chan error, 1)
		buf := make([]byte, 3)
		go func() {
			_, err := conn.Read(buf)
			cut <- err
		}()
		<-began
		_ = conn.SetReadDeadline(time.Now().Add(-time.Second))
		if err := <-cut; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatalf("Read = %v, want %v", err, os.ErrDeadlineExceeded)
		}
		close(arrives)
		_ = conn.SetReadDeadline(time.Time{})
		for i, want := range []string{"abc", "def"} {
			if n, err := conn.Read(buf); string(buf[:n]) != want || err != nil {
				t.Fatalf("Read = %q, %v after the deadline was lifted, want %q", buf[:n], err, want)
			}
			if i > 0 {
				break
			}
			_ = conn.SetReadDeadline(time.Now().Add(-time.Second))
			if n, err := conn.Read(buf); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("Read = %d, %v after the deadline, want %v", n, err, os.ErrDeadlineExceeded)
			}
			_ = conn.SetReadDeadline(time.Time{})
		}
		for range 2 { // the error that came with the bytes, without another Read
			if _, err := conn.Read(buf); !errors.Is(err, io.EOF) {
				t.Errorf("Read = %v, want %v", err, io.EOF)
			}
		}
	})
}

// TestReadPanics checks that a panic of the connection's own Read closes the
// connection, which the drivers do not, and reaches the caller with its stack.
func TestReadPanics(t *testing.T) {
	t.Parallel()
	own := errors.New("mine")
	inner := newScripted(func([]byte) (int, error) { panic(own) })
	conn := adapter.WithDeadlines(inner)
	func() {
		defer func() {
			if value, ok := recover().(*adapter.ConnPanic); !ok || !errors.Is(value, own) || len(value.Stack) == 0 {
				t.Errorf("recovered %v, want a ConnPanic of %v", value, own)
			}
		}()
		_, _ = conn.Read(make([]byte, 1))
	}()
	select {
	case <-inner.closed:
	default:
		t.Error("the connection is open")
	}
	for range 2 {
		if err := conn.Close(); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("Close = %v, want what the first one returned", err)
		}
	}
}
