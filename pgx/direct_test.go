package rdspgx_test

import (
	"crypto/tls"
	"fmt"
	"testing"

	"github.com/rdstls/go/internal/fakedb"
)

func TestGuardDirect(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		opts      fakedb.PostgresOptions
		protocols []string // of the server
		cert      tls.Certificate
		want      bool
	}{
		{"chosen", fakedb.PostgresOptions{Direct: true}, []string{"postgresql"}, ca.Instance(orders), true},
		{"chosen-among-others", fakedb.PostgresOptions{Direct: true}, []string{"h2", "postgresql"}, ca.Instance(orders), true},
		{"none", fakedb.PostgresOptions{Direct: true, Plaintext: true}, nil, ca.Instance(orders), false},
		{"another", fakedb.PostgresOptions{Direct: true, Plaintext: true}, []string{"h2"}, ca.Instance(orders), false},
		{"impostor", fakedb.PostgresOptions{Direct: true, Plaintext: true}, []string{"postgresql"}, ca.Impostor().Instance(orders), false},
		{"not-direct", fakedb.PostgresOptions{Plaintext: true}, []string{"postgresql"}, ca.Instance(orders), false},
	} {
		for _, f := range forms {
			for _, m := range modes {
				t.Run(fmt.Sprintf("%s/%s/%s", tt.name, f, m.name), func(t *testing.T) {
					t.Parallel()
					opts := tt.opts
					opts.TLS = &tls.Config{Certificates: []tls.Certificate{tt.cert}, NextProtos: tt.protocols}
					server := listen(t, opts)
					cfg := parse(t, f.dsn([]string{orders}, append(m.params, "sslnegotiation=direct")...))
					route(cfg, map[string]string{orders: server.Addr()})
					configure(t, cfg, trust())
					err := connect(bounded(t), cfg)
					if (err == nil) != tt.want {
						t.Errorf("connect = %v, want success %v", err, tt.want)
					}
					if tt.want {
						wantLogin(t, server)
						return
					}
					wantOnlyHandshake(t, server)
					wantDirect(t, server)
				})
			}
		}
	}
}

// TestGuardDirectWeakened checks that the guard demands ALPN even if the TLSConfig
// was changed.
func TestGuardDirectWeakened(t *testing.T) {
	t.Parallel()
	evil := listen(t, fakedb.PostgresOptions{Direct: true, Plaintext: true, TLS: serving(ca.Instance(orders))})
	cfg := parse(t, asURL.dsn([]string{orders}, "sslnegotiation=direct"))
	route(cfg, map[string]string{orders: evil.Addr()})
	configure(t, cfg, trust())
	cfg.TLSConfig.NextProtos, cfg.TLSConfig.VerifyConnection = nil, nil
	if err := connect(bounded(t), cfg); err == nil {
		t.Error("connect = nil, want an error")
	}
	wantOnlyHandshake(t, evil)
	wantDirect(t, evil)
}
