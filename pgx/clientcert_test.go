package rdspgx_test

import (
	"bytes"
	"crypto/tls"
	"testing"

	"github.com/rdstls/go/internal/fakedb"
)

// TestClientCertificateWithheld checks that an attacker who has recorded the true
// server's certificates, but has no key, does not receive the client's certificate
// over TLS 1.2. The control is the same attack on crypto/tls.
func TestClientCertificateWithheld(t *testing.T) {
	t.Parallel()
	client := clientCertificate("client.example.com")
	evil := listen(t, fakedb.PostgresOptions{TLS: serving(), Behavior: fakedb.RecordedChain(ca.Instance(orders))})
	for _, guarded := range []bool{true, false} {
		cfg := configFor(t, evil)
		dial := cfg.DialFunc
		opts := trust()
		opts.Base = &tls.Config{Certificates: []tls.Certificate{client}}
		configure(t, cfg, opts)
		if !guarded {
			cfg.DialFunc = dial
		}
		if err := connect(bounded(t), cfg); err == nil {
			t.Error("connect = nil, want an error")
		}
		conns := evil.Ended(t)
		raw := conns[len(conns)-1].Raw()
		if len(raw) < 100 {
			t.Errorf("the attacker received %d bytes, want a ClientHello", len(raw))
		}
		if got := bytes.Contains(raw, client.Certificate[0]); got == guarded {
			t.Errorf("the attacker received the client certificate: %v, want %v with DialFunc of Configure: %v", got, !guarded, guarded)
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
