package adapter_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rdstls/go/internal/adapter"
)

// A noDeadlines is a connection whose deadlines do not work: SetDeadline returns an
// error, as for the channels of x/crypto/ssh, or nothing happens.
type noDeadlines struct {
	net.Conn
	err        error
	closeHangs chan struct{}
	writing    chan struct{} // receives when a Write begins, if it is not nil
}

func (c noDeadlines) SetDeadline(time.Time) error      { return c.err }
func (c noDeadlines) SetReadDeadline(time.Time) error  { return c.err }
func (c noDeadlines) SetWriteDeadline(time.Time) error { return c.err }

func (c noDeadlines) Write(p []byte) (int, error) {
	select {
	case c.writing <- struct{}{}:
	default:
	}
	return c.Conn.Write(p)
}

func (c noDeadlines) Close() error {
	if c.closeHangs != nil {
		<-c.closeHangs
	}
	return c.Conn.Close()
}

// TestWithDeadlines checks that reads and writes end with the deadline on connections
// that have none, that a deadline in the past ends a blocked read, and that the
// connection is usable, with nothing lost, once a read deadline is lifted.
func TestWithDeadlines(t *testing.T) {
	t.Parallel()
	for name, noErr := range map[string]error{"error": errors.New("deadlines are not supported"), "nothing": nil} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // which ends with a deadlock if something hangs
				here, peer := net.Pipe()
				defer peer.Close()
				writing := make(chan struct{}, 1)
				conn := adapter.WithDeadlines(noDeadlines{Conn: here, err: noErr, writing: writing})
				defer conn.Close()
				read := make(chan error, 1)
				buf := make([]byte, 3)
				go func() {
					_, err := conn.Read(buf)
					read <- err
				}()
				if err := conn.SetDeadline(time.Now().Add(-time.Second)); err != nil {
					t.Errorf("SetDeadline = %v, want nil", err)
				}
				if err := <-read; !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("Read = %v, want %v", err, os.ErrDeadlineExceeded)
				}
				if _, err := conn.Write([]byte("x")); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("Write = %v, want %v", err, os.ErrDeadlineExceeded)
				}
				_ = conn.SetDeadline(time.Time{})
				go func() { _, _ = peer.Write([]byte("abcdef")) }()
				for _, want := range []string{"abc", "def"} {
					if n, err := conn.Read(buf); string(buf[:n]) != want || err != nil {
						t.Errorf("Read = %q, %v after the deadline was lifted, want %q", buf[:n], err, want)
					}
				}
				go func() {
					<-writing
					_ = conn.SetWriteDeadline(time.Now().Add(-time.Second))
				}()
				if _, err := conn.Write([]byte("nobody reads")); !errors.Is(err, os.ErrDeadlineExceeded) {
					t.Errorf("Write = %v, want %v", err, os.ErrDeadlineExceeded)
				}
			})
		})
	}
}

// TestWithDeadlinesClose checks that Close ends a blocked read and returns, even if
// the connection's own Close does not.
func TestWithDeadlinesClose(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // which ends with a deadlock if Close or Read hangs
		here, peer := net.Pipe()
		defer peer.Close()
		hangs := make(chan struct{})
		defer close(hangs)
		conn := adapter.WithDeadlines(noDeadlines{Conn: here, closeHangs: hangs})
		read := make(chan error, 1)
		go func() {
			_, err := conn.Read(make([]byte, 1))
			read <- err
		}()
		if err := conn.Close(); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Close = %v, want %v", err, os.ErrDeadlineExceeded)
		}
		if err := <-read; !errors.Is(err, net.ErrClosed) && !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("Read = %v, want %v", err, net.ErrClosed)
		}
	})
}

// TestWithDeadlinesKeepsSockets checks that connections with deadlines stay as they
// are: other code looks for their types.
func TestWithDeadlinesKeepsSockets(t *testing.T) {
	t.Parallel()
	tcp := &net.TCPConn{}
	for _, conn := range []net.Conn{tcp, &net.UnixConn{}, tls.Client(tcp, nil)} {
		if got := adapter.WithDeadlines(conn); got != conn {
			t.Errorf("WithDeadlines(%T) = %T, want it unchanged", conn, got)
		}
	}
	once := adapter.WithDeadlines(noDeadlines{})
	if withheld := adapter.WithholdCertificate(once); adapter.WithDeadlines(withheld) != withheld || adapter.WithDeadlines(once) != once {
		t.Error("WithDeadlines wraps its own result again")
	}
}

// BenchmarkWithDeadlines compares reads of 4 KiB over a connection with those
// through the goroutine of one that keeps its deadlines itself.
func BenchmarkWithDeadlines(b *testing.B) {
	for name, wrap := range map[string]func(net.Conn) net.Conn{
		"conn":     func(c net.Conn) net.Conn { return c },
		"deadline": adapter.WithDeadlines,
	} {
		b.Run(name, func(b *testing.B) {
			near, far := net.Pipe()
			defer near.Close()
			go func() {
				defer far.Close()
				for p := make([]byte, 4<<10); ; {
					if _, err := far.Write(p); err != nil {
						return
					}
				}
			}()
			conn := wrap(near)
			p := make([]byte, 4<<10)
			b.SetBytes(int64(len(p)))
			for b.Loop() {
				if _, err := io.ReadFull(conn, p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestWithDeadlinesClosePanics checks that a panic of the connection's own Close
// reaches the caller, who can recover it.
func TestWithDeadlinesClosePanics(t *testing.T) {
	t.Parallel()
	here, peer := net.Pipe()
	defer here.Close()
	defer peer.Close()
	own := errors.New("mine")
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, own) {
			t.Errorf("recovered %v, want %v", err, own)
		}
	}()
	_ = adapter.WithDeadlines(closePanics{here, own}).Close() // panics
}

type closePanics struct {
	net.Conn
	value any
}

func (c closePanics) Close() error { panic(c.value) }
