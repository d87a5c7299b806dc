package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

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
	"Read": func(cfg *mysql.Config, _ *tls.Config) {
		dial := cfg.DialFunc
		cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := dial(ctx, network, addr)
			return panickingConn{conn}, err
		}
	},
}

type panickingCache struct{}

func (panickingCache) Get(string) (*tls.ClientSessionState, bool) {
	callersFunction()
	return nil, false
}
func (panickingCache) Put(string, *tls.ClientSessionState) {}

type panickingConn struct{ net.Conn }

func (panickingConn) Read([]byte) (int, error) { callersFunction(); return 0, nil }

// TestCallbackPanics checks that a panic of the program's own function reaches the
// caller of Connect with its value and its stack (those of a net.Conn, in an
// adapter.ConnPanic), and leaves neither a goroutine
// (a bubble of synctest does not end before all have) nor a connection.
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
				value, stack := panicOf(func() { _ = connect(t.Context(), cfg, opts) })
				wait() // or fails: the connection is closed
				err, _ := value.(error)
				if !errors.Is(err, errCallersOwn) {
					t.Fatalf("Connect panicked with %v, want %v", value, errCallersOwn)
				}
				if !strings.Contains(stack+err.Error(), "callersFunction") {
					t.Errorf("the stack of the panic is lost:\n%s", stack)
				}
			})
		})
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
