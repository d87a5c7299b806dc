package rdspgx_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func clientCertificate(name string) tls.Certificate {
	return ca.Leaf(func(leaf *x509.Certificate) {
		leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}, name)
}

// clientFiles writes a client certificate and returns the parameters that name it.
func clientFiles(t *testing.T, cert tls.Certificate) []string {
	t.Helper()
	chain, key := testcerts.PEMFiles(cert)
	return []string{"sslcert=" + writeFile(t, "client.crt", chain), "sslkey=" + writeFile(t, "client.key", key)}
}

func TestConfigureKeepsClientCertificates(t *testing.T) {
	t.Parallel()
	client, other := clientCertificate("client.example.com"), clientCertificate("other.example.com")
	files := clientFiles(t, client)
	choose := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &other, nil }
	for _, f := range forms {
		for _, m := range modes {
			for _, base := range []struct {
				name string
				base *tls.Config
				want tls.Certificate
			}{
				{"no base", nil, client},
				{"empty base", new(tls.Config), client},
				{"base with certificate", &tls.Config{Certificates: []tls.Certificate{other}}, other},
				{"base with function", &tls.Config{GetClientCertificate: choose}, other},
			} {
				t.Run(fmt.Sprintf("%s/%s/%s", f, m.name, base.name), func(t *testing.T) {
					t.Parallel()
					server := listen(t, fakedb.PostgresOptions{TLS: &tls.Config{
						Certificates: []tls.Certificate{ca.Instance(billing)},
						ClientAuth:   tls.RequireAndVerifyClientCert,
						ClientCAs:    ca.Pool(),
					}})
					cfg := parse(t, f.dsn([]string{orders, billing}, append(slices.Clone(files), m.params...)...))
					route(cfg, map[string]string{orders: down, billing: server.Addr()})
					opts := trust()
					opts.Base = base.base
					if err := rdspgx.Configure(cfg, opts); err != nil {
						t.Fatalf("Configure = %v, want nil", err)
					}
					if err := connect(bounded(t), cfg); err != nil {
						t.Fatalf("connect = %v, want nil", err)
					}
					conns, err := server.Wait(bounded(t))
					if err != nil {
						t.Fatal(err)
					}
					state, _ := conns[0].TLS()
					if len(state.PeerCertificates) == 0 || !bytes.Equal(state.PeerCertificates[0].Raw, base.want.Certificate[0]) {
						t.Errorf("the server saw %d certificates and not that of %q first", len(state.PeerCertificates), base.want.Leaf.DNSNames)
					}
				})
			}
		}
	}
}

func TestConfigureKeepsGetClientCertificate(t *testing.T) {
	t.Parallel()
	cfg := parse(t, "sslmode=verify-full host="+orders)
	called := false
	cfg.TLSConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		called = true
		return new(tls.Certificate), nil
	}
	if err := rdspgx.Configure(cfg, nil); err != nil {
		t.Fatalf("Configure = %v, want nil", err)
	}
	if get := cfg.TLSConfig.GetClientCertificate; get == nil {
		t.Error("GetClientCertificate = nil, want the caller's")
	} else if _, err := get(nil); err != nil || !called {
		t.Errorf("GetClientCertificate is not the caller's: error %v", err)
	}
}

func TestConfigureKeepsMinVersion(t *testing.T) {
	t.Parallel()
	const tls12, tls13 = tls.VersionTLS12, tls.VersionTLS13
	for _, test := range []struct{ held, base, want uint16 }{
		{0, 0, tls12},
		{tls.VersionTLS10, 0, tls12},
		{tls12, 0, tls12},
		{tls13, 0, tls13},
		{0, tls13, tls13},
		{tls13, tls12, tls13},
		{tls12, tls13, tls13},
		{tls.VersionTLS10, tls.VersionTLS11, tls12},
	} {
		cfg := parse(t, "host="+orders+","+billing)
		for _, a := range attemptsOf(cfg) {
			if a.TLSConfig != nil {
				a.TLSConfig.MinVersion = test.held
			}
		}
		if err := rdspgx.Configure(cfg, &rdstls.Options{Base: &tls.Config{MinVersion: test.base}}); err != nil {
			t.Fatalf("Configure(MinVersion %#x, Base %#x) = %v, want nil", test.held, test.base, err)
		}
		for i, a := range attemptsOf(cfg) {
			if got := a.TLSConfig.MinVersion; got != test.want {
				t.Errorf("Configure(MinVersion %#x, Base %#x): attempt %d has %#x, want %#x", test.held, test.base, i, got, test.want)
			}
		}
	}
}

// calls counts the calls of hooks, in order.
type calls struct{ order []string }

func (c *calls) verify(name string, err error) func(tls.ConnectionState) error {
	return func(tls.ConnectionState) error {
		c.order = append(c.order, name)
		return err
	}
}

func (c *calls) afterNetConnect(name string) func(context.Context, *pgconn.Config, net.Conn) (net.Conn, error) {
	return func(_ context.Context, _ *pgconn.Config, conn net.Conn) (net.Conn, error) {
		c.order = append(c.order, name)
		return conn, nil
	}
}

func (c *calls) password(name string) rdstls.PasswordFunc {
	return func(context.Context, string, string) (string, error) {
		c.order = append(c.order, name)
		return name, nil
	}
}

func TestConfigureKeepsVerifyConnection(t *testing.T) {
	t.Parallel()
	errBase, errHeld := errors.New("refused by Base"), errors.New("refused by the caller")
	impostor := ca.Instance(billing)
	tests := []struct {
		name       string
		cert       tls.Certificate
		base, held error
		want       error
		wantCalls  []string
	}{
		{"all agree", ca.Instance(orders), nil, nil, nil, []string{"base", "held", "hook"}},
		{"base refuses", ca.Instance(orders), errBase, nil, errBase, []string{"base"}},
		{"caller refuses", ca.Instance(orders), nil, errHeld, errHeld, []string{"base", "held"}},
		{"impostor", impostor, errBase, errHeld, x509.HostnameError{}, nil},
	}
	for _, test := range tests {
		for _, m := range modes {
			t.Run(test.name+"/"+m.name, func(t *testing.T) {
				t.Parallel()
				server := listen(t, fakedb.PostgresOptions{TLS: serving(test.cert)})
				cfg := parse(t, asURL.dsn([]string{orders}, m.params...))
				route(cfg, map[string]string{orders: server.Addr()})
				var c calls
				for _, a := range attemptsOf(cfg) {
					if a.TLSConfig != nil {
						a.TLSConfig.VerifyConnection = c.verify("held", test.held)
					}
				}
				cfg.AfterNetConnect = c.afterNetConnect("hook")
				opts := trust()
				opts.Base = &tls.Config{VerifyConnection: c.verify("base", test.base)}
				if err := rdspgx.Configure(cfg, opts); err != nil {
					t.Fatalf("Configure = %v, want nil", err)
				}
				err := connect(bounded(t), cfg)
				if hostname := new(x509.HostnameError); errors.As(test.want, hostname) {
					if !errors.As(err, hostname) {
						t.Errorf("connect = %v, want %T", err, test.want)
					}
				} else if !errors.Is(err, test.want) {
					t.Errorf("connect = %v, want %v", err, test.want)
				}
				if test.want != nil {
					wantNothing(t, server)
				} else {
					wantLogin(t, server)
				}
				if !slices.Equal(c.order, test.wantCalls) {
					t.Errorf("calls = %q, want %q", c.order, test.wantCalls)
				}
			})
		}
	}
}

// The newest call of Configure decides, and nobody's hook runs twice.
func TestConfigureAgain(t *testing.T) {
	t.Parallel()
	impostors, evil := ca.Impostor().Pool(), "evil.c9akciq32.eu-west-1.rds.amazonaws.com"
	type step func(*calls) *rdstls.Options
	roots := func(pool *x509.CertPool) step {
		return func(*calls) *rdstls.Options { return &rdstls.Options{Roots: pool} }
	}
	named := func(name string) step {
		return func(*calls) *rdstls.Options { return &rdstls.Options{Roots: ca.Pool(), ServerName: name} }
	}
	hooked := func(name string) step {
		return func(c *calls) *rdstls.Options {
			return &rdstls.Options{
				Roots: ca.Pool(), Password: c.password("password " + name),
				Base: &tls.Config{VerifyConnection: c.verify("base "+name, nil)},
			}
		}
	}
	tests := []struct {
		name  string
		steps []step
		want  []string // calls; nil if the server is to be refused
	}{
		{"same", []step{roots(ca.Pool()), roots(ca.Pool()), roots(ca.Pool())}, []string{"held", "hook"}},
		{"other roots first", []step{roots(impostors), roots(ca.Pool())}, []string{"held", "hook"}},
		{"other roots last", []step{roots(ca.Pool()), roots(impostors)}, nil},
		{"embedded roots last", []step{roots(ca.Pool()), func(*calls) *rdstls.Options { return nil }}, nil},
		{"other name first", []step{named(evil), roots(ca.Pool())}, []string{"held", "hook"}},
		{"other name last", []step{roots(ca.Pool()), named(evil)}, nil},
		{"hooks twice", []step{hooked("1"), hooked("2")}, []string{"base 2", "held", "hook", "password 2"}},
		{"hooks thrice", []step{hooked("1"), hooked("2"), hooked("3")}, []string{"base 3", "held", "hook", "password 3"}},
		{"hooks taken back", []step{hooked("1"), roots(ca.Pool())}, []string{"held", "hook"}},
	}
	for _, test := range tests {
		for _, copied := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/copied=%v", test.name, copied), func(t *testing.T) {
				t.Parallel()
				server := honest(t, orders)
				cfg := parse(t, asKeyValue.dsn([]string{orders}))
				route(cfg, map[string]string{orders: server.Addr()})
				var c calls
				cfg.TLSConfig.VerifyConnection = c.verify("held", nil)
				cfg.AfterNetConnect = c.afterNetConnect("hook")
				for i, s := range test.steps {
					if err := rdspgx.Configure(cfg, s(&c)); err != nil {
						t.Fatalf("Configure, call %d = %v, want nil", i+1, err)
					}
					if copied {
						cfg = cfg.Copy()
					}
				}
				err := connect(bounded(t), cfg)
				if (err == nil) != (test.want != nil) {
					t.Errorf("connect = %v, want success %v", err, test.want != nil)
				}
				if test.want == nil {
					wantNothing(t, server)
				}
				if !slices.Equal(c.order, test.want) {
					t.Errorf("calls = %q, want %q", c.order, test.want)
				}
				conns, err := server.Wait(bounded(t))
				if err != nil {
					t.Fatal(err)
				}
				for _, call := range test.want {
					if strings.HasPrefix(call, "password") && conns[0].Login().Password != call {
						t.Errorf("the server received the password %q, want %q", conns[0].Login().Password, call)
					}
				}
			})
		}
	}
}

// A hook that the caller sets between two calls is the caller's own.
func TestConfigureAgainAfterNewHooks(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	cfg := parse(t, asURL.dsn([]string{orders}))
	route(cfg, map[string]string{orders: server.Addr()})
	var c calls
	cfg.TLSConfig.VerifyConnection = c.verify("old verify", nil)
	cfg.AfterNetConnect = c.afterNetConnect("old hook")
	if err := rdspgx.Configure(cfg, trust()); err != nil {
		t.Fatalf("Configure = %v, want nil", err)
	}
	cfg.AfterNetConnect = c.afterNetConnect("new hook")
	if err := rdspgx.Configure(cfg, trust()); err != nil {
		t.Fatalf("Configure again = %v, want nil", err)
	}
	if err := connect(bounded(t), cfg); err != nil {
		t.Fatalf("connect = %v, want nil", err)
	}
	if want := []string{"old verify", "new hook"}; !slices.Equal(c.order, want) {
		t.Errorf("calls = %q, want %q", c.order, want)
	}
}

// A session cache of the caller's own is no setting of Configure's, and must not
// bring back the checks of an earlier call.
func TestConfigureAgainAfterNewSessionCache(t *testing.T) {
	t.Parallel()
	for name, cache := range map[string]tls.ClientSessionCache{"none": nil, "new": tls.NewLRUClientSessionCache(1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := honest(t, orders)
			cfg := parse(t, asURL.dsn([]string{orders}))
			route(cfg, map[string]string{orders: server.Addr()})
			if err := rdspgx.Configure(cfg, nil); err != nil {
				t.Fatalf("Configure = %v, want nil", err)
			}
			cfg.TLSConfig.ClientSessionCache = cache
			if err := rdspgx.Configure(cfg, trust()); err != nil {
				t.Fatalf("Configure again = %v, want nil", err)
			}
			if err := connect(bounded(t), cfg); err != nil {
				t.Errorf("connect = %v, want nil", err)
			}
		})
	}
}

// The caller's connection is the one that pgx goes on with.
func TestConfigureKeepsConnOfHook(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	cfg := parse(t, asURL.dsn([]string{orders}))
	route(cfg, map[string]string{orders: server.Addr()})
	var written atomic.Int64
	cfg.AfterNetConnect = func(_ context.Context, _ *pgconn.Config, conn net.Conn) (net.Conn, error) {
		return countingConn{conn, &written}, nil
	}
	if err := rdspgx.Configure(cfg, trust()); err != nil {
		t.Fatalf("Configure = %v, want nil", err)
	}
	if err := connect(bounded(t), cfg); err != nil {
		t.Fatalf("connect = %v, want nil", err)
	}
	if written.Load() == 0 {
		t.Error("nothing was written to the connection that the caller's hook returned")
	}
	wantLogin(t, server)
}

type countingConn struct {
	net.Conn
	written *atomic.Int64
}

func (c countingConn) Write(p []byte) (int, error) {
	c.written.Add(int64(len(p)))
	return c.Conn.Write(p)
}

var _ pgx.QueryTracer = (*connectTracer)(nil)

// A connectTracer holds the errors that pgx reports to tracers.
type connectTracer struct{ errs []error }

func (*connectTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (*connectTracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

func (*connectTracer) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	return ctx
}

func (t *connectTracer) TraceConnectEnd(_ context.Context, data pgx.TraceConnectEndData) {
	t.errs = append(t.errs, data.Err)
}
