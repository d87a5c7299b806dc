package rdsmysql_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// greetings are first packets that anybody on the network can send, most of
// which make go-sql-driver/mysql v1.10.1 panic: those of fakedb, and every length
// up to 80 bytes with various beginnings and contents.
func greetings(t *testing.T) [][]byte {
	t.Helper()
	header := func(payload []byte) []byte { return append([]byte{byte(len(payload)), 0, 0, 0}, payload...) }
	var all [][]byte
	for _, b := range fakedb.MalformedGreetings() {
		all = append(all, b.Greeting(tlsGreeting))
	}
	for n := range 81 {
		for _, first := range []byte{0, 9, 10, 0xff} {
			for _, fill := range []byte{0, 1, 0xff} {
				if n > 0 {
					all = append(all, header(append([]byte{first}, bytes.Repeat([]byte{fill}, n-1)...)))
				}
			}
		}
		if n < len(tlsGreeting)-4 {
			all = append(all, header(tlsGreeting[4:4+n]))
		}
	}
	// A scramble of 8 bytes: the packet ends after the lower capabilities.
	all = append(all, header([]byte("\x0a8.4.0\x00idid8 bytes,\x00\x00\xaa")))
	return all
}

// greeter returns a server that greets each connection with the next of packets,
// and is not the wanted one, should a client get as far as TLS.
func greeter(t *testing.T, packets [][]byte) *fakedb.Server {
	t.Helper()
	var next atomic.Int32
	return listen(t, fakedb.MySQLOptions{
		TLS: serving(ca.Instance(billing)),
		Behavior: fakedb.Behavior{Greeting: func([]byte) []byte {
			return packets[int(next.Add(1)-1)%len(packets)]
		}},
	})
}

func TestMalformedGreetings(t *testing.T) {
	t.Parallel()
	packets := greetings(t)
	s := greeter(t, packets)
	for _, tt := range []struct {
		name string
		dsn  string
		dial dialFunc
	}{
		{"TCP", "tcp(" + s.Addr() + ")", nil},
		{"DialFunc", "tcp(" + s.Addr() + ")", dialing(s)},
	} {
		cfg := parse(t, canaryDSN(tt.dsn, permissiveParams))
		cfg.DialFunc = tt.dial
		opts := trust()
		opts.ServerName = orders
		c := newConnector(t, cfg, opts)
		var malformed int
		for _, p := range packets {
			// In order, so that the server sends this one.
			ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
			conn, err := c.Connect(ctx)
			cancel()
			switch {
			case err == nil:
				conn.Close()
				t.Errorf("%s: greeting %q: Connect = nil, want an error", tt.name, p)
			case errors.Is(err, context.DeadlineExceeded):
				t.Errorf("%s: greeting %q: Connect = %v, want another error", tt.name, p, err)
			case strings.Contains(err.Error(), "the server's greeting is malformed"):
				malformed++
			case strings.Contains(err.Error(), "panicked"):
				t.Errorf("%s: greeting %q: Connect = %v, want it refused before the driver sees it", tt.name, p, err)
			}
		}
		if malformed < 500 {
			t.Errorf("%s: %d errors say that the greeting is malformed, want more", tt.name, malformed)
		}
	}
	wantNothing(t, s) // or fails: every socket is closed
}

// TestMalformedGreetingsLeaveNoGoroutine checks that the goroutine that the driver
// starts for each connection ends, although the greeting makes the driver panic. A
// bubble of synctest does not end before all of its goroutines have.
func TestMalformedGreetingsLeaveNoGoroutine(t *testing.T) {
	t.Parallel()
	packets := greetings(t)
	withFakeTime(t, func(t *testing.T) {
		for _, p := range packets {
			cfg, received := piped(func(conn net.Conn) int64 {
				_, _ = conn.Write(p) // fails if the client has seen enough
				// What a client that reads on waits for, and is no ServerHello.
				go func() { _, _ = conn.Write(make([]byte, 5)) }()
				return drain(conn)
			})
			if err := connect(t.Context(), cfg, nil); err == nil {
				t.Errorf("greeting %q: Connect = nil, want an error", p)
			}
			received()
		}
	})
}

// TestMalformedGreetingsOnRegisteredNetworks checks that a panic of the driver is
// survived where only the driver knows the connection.
func TestMalformedGreetingsOnRegisteredNetworks(t *testing.T) {
	t.Parallel()
	s := greeter(t, [][]byte{{1, 0, 0, 0, 10}})
	for _, opts := range []*rdstls.Options{trust(), {Roots: ca.Pool(), Password: fixed}} {
		db, err := rdsmysql.OpenDB(canaryDSN(networkTo(s)+"("+orders+":3306)", permissiveParams), opts)
		if err != nil {
			t.Fatal(err)
		}
		if err := db.PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), "the driver panicked") {
			t.Errorf("Ping = %v, want an error about a panic", err)
		}
		db.Close()
	}
	for _, c := range s.Conns() {
		for _, leak := range c.Leaks(canaryUser, canaryPassword, canaryDatabase) {
			t.Errorf("the server received %s", leak)
		}
	}
}

// fixed is a PasswordFunc.
func fixed(context.Context, string, string) (string, error) { return canaryPassword, nil }

// TestStockDriverMalformedGreetings is the control.
func TestStockDriverMalformedGreetings(t *testing.T) {
	t.Parallel()
	packets := greetings(t)
	s := greeter(t, packets)
	cfg := parse(t, "u:p@tcp("+s.Addr()+")/")
	cfg.TLS = &tls.Config{RootCAs: ca.Pool(), ServerName: orders}
	c := stockConnector(t, cfg)
	var panics int
	for range packets {
		func() {
			defer func() {
				if recover() != nil {
					panics++
				}
			}()
			if conn, err := c.Connect(t.Context()); err == nil {
				conn.Close()
			}
		}()
	}
	if panics < 50 {
		t.Errorf("the stock driver panicked %d times; has it been fixed?", panics)
	}
}

// TestMalformedGreetingInOpener checks that a malformed greeting does not end the
// process in the goroutine in which database/sql makes connections that others wait
// for.
func TestMalformedGreetingInOpener(t *testing.T) {
	t.Parallel()
	s := greeter(t, [][]byte{{1, 0, 0, 0, 10}})
	dialed, release := make(chan struct{}), make(chan struct{})
	var dials, fromOpener atomic.Int32
	cfg := parse(t, "u:p@tcp("+orders+")/")
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dials.Add(1) == 1 {
			close(dialed)
			<-release
		}
		if bytes.Contains(debug.Stack(), []byte("connectionOpener")) {
			fromOpener.Add(1)
		}
		return dialing(s)(ctx, network, addr)
	}
	db := open(t, cfg, trust())
	db.SetMaxOpenConns(1)
	errs := make(chan error)
	ping := func() { errs <- db.PingContext(t.Context()) }
	go ping()
	<-dialed
	go ping()
	for db.Stats().WaitCount == 0 {
		runtime.Gosched() // until the second waits for the first
	}
	close(release)
	for range 2 {
		if err := <-errs; err == nil || !strings.Contains(err.Error(), "the server's greeting is malformed") {
			t.Errorf("Ping = %v, want an error about the greeting", err)
		}
	}
	if fromOpener.Load() == 0 {
		t.Error("no connection was made by connectionOpener, so the test shows nothing")
	}
}
