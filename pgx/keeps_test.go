package rdspgx_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"slices"
	"testing"

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
				{"no-base", nil, client},
				{"empty-base", new(tls.Config), client},
				{"base-with-certificate", &tls.Config{Certificates: []tls.Certificate{other}}, other},
				{"base-with-function", &tls.Config{GetClientCertificate: choose}, other},
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
					configure(t, cfg, opts)
					wantConnect(t, cfg)
					conns := server.Ended(t)
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
	configure(t, cfg, nil)
	if get := cfg.TLSConfig.GetClientCertificate; get == nil {
		t.Error("GetClientCertificate = nil, want the caller's")
	} else if _, err := get(nil); err != nil || !called {
		t.Errorf("GetClientCertificate is not the caller's: error %v", err)
	}
}

func TestConfigureKeepsMinVersion(t *testing.T) {
	t.Parallel()
	const tls12, tls13 = tls.VersionTLS12, tls.VersionTLS13
	for _, tt := range []struct{ held, base, want uint16 }{
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
				a.TLSConfig.MinVersion = tt.held
			}
		}
		if err := rdspgx.Configure(cfg, &rdstls.Options{Base: &tls.Config{MinVersion: tt.base}}); err != nil {
			t.Fatalf("Configure(MinVersion %#x, Base %#x) = %v, want nil", tt.held, tt.base, err)
		}
		for i, a := range attemptsOf(cfg) {
			if got := a.TLSConfig.MinVersion; got != tt.want {
				t.Errorf("Configure(MinVersion %#x, Base %#x): attempt %d has %#x, want %#x", tt.held, tt.base, i, got, tt.want)
			}
		}
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
		{"all-agree", ca.Instance(orders), nil, nil, nil, []string{"base", "held", "hook"}},
		{"base-refuses", ca.Instance(orders), errBase, nil, errBase, []string{"base"}},
		{"caller-refuses", ca.Instance(orders), nil, errHeld, errHeld, []string{"base", "held"}},
		{"impostor", impostor, errBase, errHeld, x509.HostnameError{}, nil},
	}
	for _, tt := range tests {
		for _, m := range modes {
			t.Run(tt.name+"/"+m.name, func(t *testing.T) {
				t.Parallel()
				server := listen(t, fakedb.PostgresOptions{TLS: serving(tt.cert)})
				cfg := parse(t, asURL.dsn([]string{orders}, m.params...))
				route(cfg, map[string]string{orders: server.Addr()})
				var c calls
				for _, a := range attemptsOf(cfg) {
					if a.TLSConfig != nil {
						a.TLSConfig.VerifyConnection = c.verify("held", tt.held)
					}
				}
				cfg.AfterNetConnect = c.afterNetConnect("hook")
				opts := trust()
				opts.Base = &tls.Config{VerifyConnection: c.verify("base", tt.base)}
				configure(t, cfg, opts)
				err := connect(bounded(t), cfg)
				if hostname := new(x509.HostnameError); errors.As(tt.want, hostname) {
					if !errors.As(err, hostname) {
						t.Errorf("connect = %v, want %T", err, tt.want)
					}
				} else if !errors.Is(err, tt.want) {
					t.Errorf("connect = %v, want %v", err, tt.want)
				}
				if tt.want != nil {
					wantNothing(t, server)
				} else {
					wantLogin(t, server)
				}
				if !slices.Equal(c.order, tt.wantCalls) {
					t.Errorf("calls = %q, want %q", c.order, tt.wantCalls)
				}
			})
		}
	}
}
