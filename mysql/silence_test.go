package rdsmysql_test

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// tlsGreeting is the first packet of a server that offers TLS.
var tlsGreeting = func() []byte {
	payload := slices.Concat(
		[]byte("\x0a8.4.0\x00"), make([]byte, 4), []byte("8 bytes,\x00"),
		[]byte{0x00, 0xaa, 45, 2, 0, 0x08, 0, 21}, make([]byte, 10), []byte("and 12 more.\x00"),
		[]byte("caching_sha2_password\x00"),
	)
	return append([]byte{byte(len(payload)), 0, 0, 0}, payload...)
}()

// piped returns a configuration whose connections end at serve, over a pipe, and a
// function that waits for serve to end and returns the sum of what it returned.
// Pipes do not leave a bubble of synctest, in which a minute takes no time.
func piped(serve func(net.Conn) int64) (*mysql.Config, func() int64) {
	var served sync.WaitGroup
	var sum atomic.Int64
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr, cfg.User, cfg.Passwd = "tcp", orders+":3306", canaryUser, canaryPassword
	cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		served.Go(func() { sum.Add(serve(server)) })
		return client, nil
	}
	return cfg, func() int64 {
		served.Wait()
		return sum.Load()
	}
}

// silences are servers that say nothing more, and that read what they are sent
// until the client closes the connection.
var silences = map[string]struct {
	serve  func(net.Conn) int64 // returns how much was sent
	offers bool                 // TLS, so that the client asks for it
}{
	"before-greeting":   {drain, false},
	"within-greeting":   {silentAfter(tlsGreeting[:20]), false},
	"after-TLS-request": {silentAfter(tlsGreeting), true},
	"byte-at-a-time": {func(conn net.Conn) int64 {
		for _, b := range append([]byte{255, 255, 0, 0}, make([]byte, 1<<16)...) {
			<-time.After(time.Second) // in the bubble
			if _, err := conn.Write([]byte{b}); err != nil {
				break
			}
		}
		return drain(conn)
	}, false},
}

func silentAfter(b []byte) func(net.Conn) int64 {
	return func(conn net.Conn) int64 {
		_, _ = conn.Write(b) // fails if the client has gone
		return drain(conn)
	}
}

func drain(conn net.Conn) int64 {
	n, _ := io.Copy(io.Discard, conn) // an error would be another way to end
	conn.Close()
	return n
}

func TestSilentServer(t *testing.T) {
	t.Parallel()
	for name, silence := range silences {
		for _, tt := range []struct {
			name    string
			timeout time.Duration // of the context; 0 means none
			dial    time.Duration // cfg.Timeout, which bounds the dialing alone
			want    time.Duration
		}{
			{"short-context", 5 * time.Second, 0, 5 * time.Second},
			{"no-bound", 0, 0, time.Minute},
			{"long-context", time.Hour, 0, time.Minute},
			{"cfg.Timeout", 0, 3 * time.Second, time.Minute},
		} {
			t.Run(name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				withFakeTime(t, func(t *testing.T) {
					cfg, received := piped(silence.serve)
					cfg.Timeout = tt.dial
					ctx := context.Background()
					if tt.timeout > 0 {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, tt.timeout)
						defer cancel()
					}
					start := time.Now()
					err := connect(ctx, cfg, nil)
					if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != tt.want {
						t.Errorf("Connect = %v after %v, want %v after %v", err, time.Since(start), context.DeadlineExceeded, tt.want)
					}
					// A TLS request and at least the smallest ClientHello, or nothing.
					if n := received(); (n > 36+100) != silence.offers || n > 0 && n < 36 {
						t.Errorf("the server received %d bytes", n)
					}
				})
			})
		}
	}
}

// The DSN's readTimeout bounds the login too. Of a greeting that does not come, the
// driver alone says no more than that the connection is invalid.
func TestSilentServerReadTimeout(t *testing.T) {
	t.Parallel()
	for name, silence := range silences {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T) {
				cfg, received := piped(silence.serve)
				cfg.ReadTimeout = 3 * time.Second
				start := time.Now()
				err := connect(context.Background(), cfg, nil)
				if took := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || took != cfg.ReadTimeout {
					t.Errorf("Connect = %v after %v, want %v after %v", err, took, os.ErrDeadlineExceeded, cfg.ReadTimeout)
				}
				wantDiagnosis(t, "readTimeout", err, rdstls.ReasonTimeout)
				received() // waits for the server
			})
		})
	}
}

// TestSilentServerCanceled checks that a context that is canceled, and not expired,
// ends an attempt on a real socket.
func TestSilentServerCanceled(t *testing.T) {
	t.Parallel()
	connected := make(chan struct{})
	s := listen(t, fakedb.MySQLOptions{Behavior: fakedb.Behavior{Connect: func(conn net.Conn) bool {
		close(connected)
		return fakedb.Silence(conn)
	}}})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-connected
		cancel()
	}()
	cfg := parse(t, "u:p@tcp("+orders+")/")
	cfg.DialFunc = dialing(s)
	if err := connect(ctx, cfg, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Connect = %v, want %v", err, context.Canceled)
	}
	s.Ended(t) // or fails: the socket is closed
}
