package rdspgx_test

import (
	"crypto/tls"
	"errors"
	"net"
	"testing"

	"github.com/rdstls/go/rdstls"
)

// TestGuardChecksConnection checks that the guard looks at the connection itself,
// whatever the configuration beside it says: a hook can hand it any.
func TestGuardChecksConnection(t *testing.T) {
	t.Parallel()
	both := ca.AuroraInstance(orders, billing, archive) // TLS knows only the name that was asked for
	for name, tt := range map[string]struct {
		server tls.Certificate
		client *tls.Config // nil means no TLS
		want   error
	}{
		"right":      {both, &tls.Config{RootCAs: ca.Pool(), ServerName: orders}, nil},
		"plaintext":  {both, nil, rdstls.ErrPlaintext},
		"impostor":   {ca.Impostor().Instance(orders), &tls.Config{InsecureSkipVerify: true, ServerName: orders}, rdstls.ErrUnverified},
		"unverified": {both, &tls.Config{InsecureSkipVerify: true, ServerName: orders}, rdstls.ErrUnverified},
		"other-name": {both, &tls.Config{RootCAs: ca.Pool(), ServerName: billing}, rdstls.ErrUnverified},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := configFor(t, honest(t, orders))
			configure(t, cfg, trust())
			client, server := net.Pipe()
			defer client.Close()
			conn := client
			if tt.client != nil {
				go func() { _ = tls.Server(server, serving(tt.server)).Handshake() }() // ends with the client
				conn = tls.Client(client, tt.client)
			}
			if _, err := cfg.AfterNetConnect(bounded(t), cfg.Config.Copy(), conn); !errors.Is(err, tt.want) {
				t.Errorf("AfterNetConnect = %v, want %v", err, tt.want)
			}
		})
	}
}
