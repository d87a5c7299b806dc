package rdspgx_test

import (
	"bytes"
	"crypto/tls"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/internal/fakedb"
)

// TestClientCertificateWithheld checks that an attacker who has recorded the true
// server's certificates, but has no key, does not receive the client's certificate
// over TLS 1.2, wherever it comes from. The control is the same attack on crypto/tls.
func TestClientCertificateWithheld(t *testing.T) {
	t.Parallel()
	client := clientCertificate("client.example.com")
	for name, set := range map[string]func(cfg *pgx.ConnConfig, base *tls.Config){
		"certificates": func(_ *pgx.ConnConfig, base *tls.Config) { base.Certificates = []tls.Certificate{client} },
		"function": func(_ *pgx.ConnConfig, base *tls.Config) {
			base.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &client, nil }
		},
		"first-attempt": func(cfg *pgx.ConnConfig, _ *tls.Config) { cfg.TLSConfig.Certificates = []tls.Certificate{client} },
	} {
		for control, guarded := range map[string]bool{"guarded": true, "control": false} {
			t.Run(name+"/"+control, func(t *testing.T) {
				t.Parallel()
				evil := listen(t, fakedb.PostgresOptions{TLS: serving(), Behavior: fakedb.RecordedChain(ca.Instance(orders))})
				cfg := parse(t, asURL.dsn([]string{orders, billing}, "sslmode=require"))
				route(cfg, map[string]string{orders: evil.Addr(), billing: evil.Addr()})
				dial := cfg.DialFunc
				opts := trust()
				opts.Base = &tls.Config{}
				set(cfg, opts.Base)
				configure(t, cfg, opts)
				if !guarded {
					cfg.DialFunc = dial
				}
				if err := connect(bounded(t), cfg); err == nil {
					t.Error("connect = nil, want an error")
				}
				raw := evil.Ended(t)[0].Raw()
				if len(raw) < 100 {
					t.Errorf("the attacker received %d bytes, want a ClientHello", len(raw))
				}
				if got := bytes.Contains(raw, client.Certificate[0]); got == guarded {
					t.Errorf("the attacker received the client certificate: %v, want %v", got, !guarded)
				}
			})
		}
	}
}

// TestClientCertificateSent checks that servers of both versions receive it.
func TestClientCertificateSent(t *testing.T) {
	t.Parallel()
	client := clientCertificate("client.example.com")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		server := listen(t, fakedb.PostgresOptions{TLS: &tls.Config{
			Certificates: []tls.Certificate{ca.Instance(orders)}, MaxVersion: version,
			ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool(),
		}})
		cfg := configFor(t, server)
		opts := trust()
		opts.Base = &tls.Config{Certificates: []tls.Certificate{client}}
		configure(t, cfg, opts)
		opts.Base.Certificates[0] = tls.Certificate{} // Options are read once
		if err := connect(bounded(t), cfg); err != nil {
			t.Errorf("connect with %s = %v, want nil", tls.VersionName(version), err)
		}
		wantLogin(t, server)
	}
}
