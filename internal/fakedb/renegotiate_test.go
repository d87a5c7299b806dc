package fakedb_test

import (
	"crypto/tls"
	"net"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/fakedb"
)

// TestRenegotiation shows that a client reads the request, and that it is a request: one
// that allows renegotiation begins another handshake.
func TestRenegotiation(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		allow tls.RenegotiationSupport
		want  string
	}{
		{"never", tls.RenegotiateNever, "no renegotiation"},
		{"once", tls.RenegotiateOnceAsClient, "bad record MAC"}, // the server does not expect the ClientHello
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			cfg := serverTLS()
			s := listenPostgres(t, fakedb.PostgresOptions{TLS: cfg, Direct: true, Behavior: fakedb.Renegotiation()})
			client := clientTLS()
			client.Renegotiation = tt.allow
			conn, err := net.Dial("tcp", s.Addr())
			if err != nil {
				t.Fatal(err)
			}
			secure := tls.Client(conn, client)
			defer secure.Close()
			_, err = secure.Read(make([]byte, 1))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Read = %v, want an error with %q", err, tt.want)
			}
		})
	}
}
