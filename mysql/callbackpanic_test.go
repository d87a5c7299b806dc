package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// errCallersOwn is what functions of the program panic with.
var errCallersOwn = errors.New("the program's own panic")

func callersFunction() { panic(errCallersOwn) }

// callersPanics are places in which a function of the program can panic.
var callersPanics = map[string]func(cfg *mysql.Config, base *tls.Config){
	"DialFunc": func(cfg *mysql.Config, _ *tls.Config) {
		cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) { callersFunction(); return nil, nil }
	},
	"hook": func(cfg *mysql.Config, _ *tls.Config) {
		_ = cfg.Apply(beforeConnect(func(*mysql.Config) error { callersFunction(); return nil })) // has no errors
	},
	"VerifyConnection": func(_ *mysql.Config, base *tls.Config) {
		base.VerifyConnection = func(tls.ConnectionState) error { callersFunction(); return nil }
	},
	"carried-VerifyConnection": func(cfg *mysql.Config, _ *tls.Config) {
		cfg.TLS = &tls.Config{VerifyConnection: func(tls.ConnectionState) error { callersFunction(); return nil }}
	},
	"runtime-error": func(_ *mysql.Config, base *tls.Config) {
		base.VerifyConnection = func(tls.ConnectionState) error {
			defer func() {
				_ = recover() // an index out of range
				callersFunction()
			}()
			return []error{}[len(orders)]
		}
	},
	"Time": func(_ *mysql.Config, base *tls.Config) {
		base.Time = func() time.Time { callersFunction(); return time.Time{} }
	},
	"cache": func(_ *mysql.Config, base *tls.Config) { base.ClientSessionCache = panickingCache{} },
	"client-certificate": func(_ *mysql.Config, base *tls.Config) {
		base.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { callersFunction(); return nil, nil }
	},
	"cache-Put": func(_ *mysql.Config, base *tls.Config) {
		base.ClientSessionCache, base.MaxVersion = fullCache{}, tls.VersionTLS12 // in TLS 1.3, tickets follow the handshake
	},
	"Read": func(cfg *mysql.Config, _ *tls.Config) {
		wrapConns(cfg, func(c net.Conn) net.Conn { return panickingRead{c} })
	},
	"Write": func(cfg *mysql.Config, _ *tls.Config) {
		wrapConns(cfg, func(c net.Conn) net.Conn { return panickingWrite{c} })
	},
	// The driver has no goroutine yet for which Connect could wait.
	"hook-calls-Time": func(cfg *mysql.Config, base *tls.Config) {
		base.Time = func() time.Time { callersFunction(); return time.Time{} }
		_ = cfg.Apply(beforeConnect(func(c *mysql.Config) error { c.TLS.Time(); return nil })) // has no errors
	},
}

func wrapConns(cfg *mysql.Config, wrap func(net.Conn) net.Conn) {
	dial := cfg.DialFunc
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return wrap(conn), err
	}
}

type panickingCache struct{}

func (panickingCache) Get(string) (*tls.ClientSessionState, bool) {
	callersFunction()
	return nil, false
}
func (panickingCache) Put(string, *tls.ClientSessionState) {}

type fullCache struct{}

func (fullCache) Get(string) (*tls.ClientSessionState, bool) { return nil, false }
func (fullCache) Put(string, *tls.ClientSessionState)        { callersFunction() }

type panickingRead struct{ net.Conn }

func (panickingRead) Read([]byte) (int, error) { callersFunction(); return 0, nil }

type panickingWrite struct{ net.Conn }

func (panickingWrite) Write([]byte) (int, error) { callersFunction(); return 0, nil }

// TestCallbackPanics checks that a panic of the program's own function reaches the
// caller of Connect with its value and its stack (those of a net.Conn, in an
// adapter.ConnPanic), and leaves neither a goroutine (a bubble of synctest does not
// end before all have) nor a connection. If Connect did not wait for the driver's
// goroutine, that would be left behind at random, so each row makes many attempts.
func TestCallbackPanics(t *testing.T) {
	t.Parallel()
	for name, arrange := range callersPanics {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			withFakeTime(t, func(t *testing.T) {
				server := serving(ca.Instance(orders))
				server.ClientAuth = tls.RequestClientCert
				cfg, wait := piped(func(conn net.Conn) int64 {
					return greetAndShakeHands(conn, server)
				})
				opts := trust()
				opts.Base = &tls.Config{}
				arrange(cfg, opts.Base)
				for range 20 {
					value, stack := panicOf(func() { _ = connect(t.Context(), cfg, opts) })
					wait() // or fails: the connection is closed
					err, _ := value.(error)
					if !errors.Is(err, errCallersOwn) {
						t.Fatalf("Connect panicked with %v, want %v", value, errCallersOwn)
					}
					if !strings.Contains(stack+err.Error(), "callersFunction") {
						t.Errorf("the stack of the panic is lost:\n%s", stack)
					}
				}
			})
		})
	}
}

// TestCallbackPanicsAfterConnect checks that the panic of a function that a hook kept,
// and called after Connect, does not wait for an attempt that has ended.
func TestCallbackPanicsAfterConnect(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T) {
		cfg, wait := piped(func(conn net.Conn) int64 {
			acceptLogin(conn, serving(ca.Instance(orders)))
			return drain(conn)
		})
		var kept *tls.Config
		err := cfg.Apply(beforeConnect(func(c *mysql.Config) error { kept = c.TLS; return nil }))
		if err != nil {
			t.Fatal(err)
		}
		now := time.Now
		opts := trust()
		opts.Base = &tls.Config{Time: func() time.Time { return now() }}
		if err := connect(t.Context(), cfg, opts); err != nil {
			t.Fatalf("Connect = %v, want nil", err)
		}
		now = func() time.Time { callersFunction(); return time.Time{} }
		start := time.Now()
		value, _ := panicOf(func() { kept.Time() })
		if took := time.Since(start); value != any(errCallersOwn) || took != 0 {
			t.Errorf("Time panicked with %v after %v, want %v at once", value, took, errCallersOwn)
		}
		wait() // or fails: the connection is closed
	})
}

// TestCallbackEndsGoroutine checks that Connect leaves neither a goroutine nor a
// connection if a function of the program ends the goroutine, as t.FailNow does.
func TestCallbackEndsGoroutine(t *testing.T) {
	t.Parallel()
	withFakeTime(t, func(t *testing.T) {
		cfg, wait := piped(func(conn net.Conn) int64 { return greetAndShakeHands(conn, serving(ca.Instance(orders))) })
		opts := trust()
		opts.Base = &tls.Config{VerifyConnection: func(tls.ConnectionState) error { runtime.Goexit(); return nil }}
		returned := false
		var goroutine sync.WaitGroup
		goroutine.Go(func() {
			_ = connect(t.Context(), cfg, opts)
			returned = true
		})
		goroutine.Wait()
		wait() // or fails: the connection is closed
		if returned {
			t.Error("Connect returned, want its goroutine to end")
		}
	})
}

// TestPanicInTLS checks that a panic of crypto/tls itself is an error: here, as of
// Go 1.26, because a function returned neither a certificate nor an error.
func TestPanicInTLS(t *testing.T) {
	t.Parallel()
	server := serving(ca.Instance(orders))
	server.ClientAuth = tls.RequestClientCert
	s := listen(t, fakedb.MySQLOptions{TLS: server})
	cfg := parse(t, canaryDSN("tcp("+orders+")", permissiveParams))
	cfg.DialFunc = dialing(s)
	opts := trust()
	opts.Base = &tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return nil, nil }}
	var err error
	value, stack := panicOf(func() { err = connect(t.Context(), cfg, opts) })
	if value != nil {
		t.Errorf("Connect panicked with %v, want an error:\n%s", value, stack)
	} else if err == nil {
		t.Error("Connect = nil, want an error")
	}
}

// greetAndShakeHands is a server that speaks TLS, and then nothing.
func greetAndShakeHands(conn net.Conn, cfg *tls.Config) int64 {
	_, _ = conn.Write(tlsGreeting) // fails if the client has gone
	if _, err := conn.Read(make([]byte, 36)); err == nil {
		_ = tls.Server(conn, cfg).Handshake() // fails if the client panics
	}
	return drain(conn)
}

// panicOf returns the value of f's panic, and the stack before it was recovered.
func panicOf(f func()) (value any, stack string) {
	defer func() {
		stack = string(debug.Stack())
		value = recover()
	}()
	f()
	return nil, ""
}

// TestPasswordPanics checks that a panic of Options.Password, which runs in a goroutine
// of its own, continues in the caller with the function's stack and without its value.
func TestPasswordPanics(t *testing.T) {
	t.Parallel()
	cfg := parse(t, canaryDSN("tcp("+orders+")", ""))
	opts := &rdstls.Options{Password: func(context.Context, string, string) (string, error) { callersFunction(); return "", nil }}
	value, _ := panicOf(func() { _ = connect(t.Context(), cfg, opts) })
	err, ok := value.(error)
	if !ok || !errors.Is(err, errCallersOwn) || !strings.Contains(err.Error(), "callersFunction") || strings.Contains(err.Error(), errCallersOwn.Error()) {
		t.Errorf("Connect panicked with %v, want an error that wraps %v and has the stack", value, errCallersOwn)
	}
}
