package sessions

import (
	"crypto/tls"
	"io"
	"net"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
)

// begin connects from a foreign address, and stops in the middle of a login with
// TLS: before the handshake (MySQL), or before the password (PostgreSQL).
func begin(t *testing.T, s *dbservers.Server) {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(foreign)}}
	conn, err := d.DialContext(t.Context(), "tcp", s.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	exchange := func(conn net.Conn, message string) {
		if _, err := conn.Write([]byte(message)); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(conn, make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
	}
	if s.Kind != dbservers.Postgres {
		exchange(conn, "") // the beginning of the greeting
		return
	}
	exchange(conn, "\x00\x00\x00\x08\x04\xd2\x16\x2f") // SSLRequest
	encrypted := tls.Client(conn, &tls.Config{ServerName: endpoint, RootCAs: ca.Pool()})
	startup := "\x00\x03\x00\x00user\x00seer\x00database\x00" + dbservers.Database + "\x00\x00"
	exchange(encrypted, "\x00\x00\x00"+string(rune(len(startup)+4))+startup)
}

// TestUnfinishedLogin checks that a client is not reported before it has logged
// in: until the handshake is over, a server shows a TLS client without TLS.
func TestUnfinishedLogin(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		s := dbservers.Start(t, shared.Installation, serverOptions(shared.Installation))
		begin(t, s)
		if r := look(t, s, "seer"); r.Found() || r.Unknown() {
			t.Errorf("%s: %+v", s.Name(), r.Sessions)
		}
	})
}
