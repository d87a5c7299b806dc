package rdspgx_test

import (
	"crypto/tls"
	"net"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// afterTLS returns a server that does something after the handshake, when the
// startup message has come.
func afterTLS(t *testing.T, do func(conn net.Conn)) string {
	t.Helper()
	s, err := fakedb.Listen(func(conn net.Conn) {
		request := make([]byte, 8)
		if _, err := conn.Read(request); err != nil {
			return
		}
		if _, err := conn.Write([]byte("S")); err != nil {
			return
		}
		secured := tls.Server(conn, serving(ca.Instance(orders)))
		if _, err := secured.Read(make([]byte, 1024)); err == nil {
			do(secured)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.Addr()
}

// TestDiagnoseLoginInterrupted checks that a server that hangs up or falls silent
// during the login is explained, before and after it has asked for a password.
func TestDiagnoseLoginInterrupted(t *testing.T) {
	t.Parallel()
	askPassword := []byte{'R', 0, 0, 0, 8, 0, 0, 0, 3}
	for name, tt := range map[string]struct {
		do   func(net.Conn)
		want rdstls.Reason
	}{
		"close":           {func(net.Conn) {}, rdstls.ReasonReset},
		"close-in-login":  {func(conn net.Conn) { _, _ = conn.Write(askPassword) }, rdstls.ReasonReset},
		"silent":          {func(conn net.Conn) { _, _ = conn.Read(make([]byte, 1)) }, rdstls.ReasonTimeout},
		"silent-in-login": {func(conn net.Conn) { _, _ = conn.Write(askPassword); drain(conn) }, rdstls.ReasonTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for whose, cfg := range configurations(t, afterTLS(t, tt.do)) {
				for driver, connect := range drivers {
					if tt.want == rdstls.ReasonTimeout {
						cfg.ConnectTimeout = 3 * patience // the handshake must not be what takes so long
					}
					wantDiagnosis(t, whose+" "+driver, connect(bounded(t), cfg), tt.want, "was reached")
				}
			}
		})
	}
}

func drain(conn net.Conn) {
	for buf := make([]byte, 512); ; {
		if _, err := conn.Read(buf); err != nil {
			return
		}
	}
}

// TestDiagnoseDirect checks sslnegotiation=direct with a server that does not speak
// it, as PostgreSQL before 17 and poolers.
func TestDiagnoseDirect(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		if s.Version >= "17" {
			return // TestDirect of these has connections that work
		}
		direct := parse(t, asURL.dsn([]string{orders}, "sslnegotiation=direct"))
		route(direct, map[string]string{orders: s.Addr})
		configure(t, direct, trust())
		for driver, connect := range drivers {
			wantDiagnosis(t, driver, connect(bounded(t), direct), rdstls.ReasonReset, "sslnegotiation=direct", "PostgreSQL 17")
		}
	})
	closing := listen(t, fakedb.PostgresOptions{Behavior: fakedb.Behavior{Connect: fakedb.HangUp}})
	talking := listen(t, fakedb.PostgresOptions{Behavior: fakedb.Behavior{Connect: fakedb.Send([]byte("EFATAL"))}})
	for addr, want := range map[string]rdstls.Reason{closing.Addr(): rdstls.ReasonReset, talking.Addr(): rdstls.ReasonNoTLS} {
		direct := parse(t, asURL.dsn([]string{orders}, "sslnegotiation=direct"))
		route(direct, map[string]string{orders: addr})
		wantDiagnosis(t, "stock", connect(bounded(t), direct), want, "sslnegotiation=direct")
		configure(t, direct, trust())
		wantDiagnosis(t, "ours", connect(bounded(t), direct), want, "sslnegotiation=direct")
	}
}

// TestDiagnoseClientCertificate checks a server that demands a client certificate,
// with and without one that it accepts.
func TestDiagnoseClientCertificate(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		demanding := serving(ca.Instance(orders))
		demanding.ClientAuth, demanding.ClientCAs, demanding.MaxVersion = tls.RequireAndVerifyClientCert, ca.Pool(), version
		s := listen(t, fakedb.PostgresOptions{TLS: demanding})
		for whose, cfg := range configurations(t, s.Addr()) {
			want := rdstls.ReasonLogin
			if version == tls.VersionTLS12 {
				want = rdstls.ReasonTLSVersion // the alert is that of a failed negotiation
			}
			wantDiagnosis(t, whose+" without", connect(bounded(t), cfg), want, "client certificate", "Options.Base")
			cfg.TLSConfig.Certificates = []tls.Certificate{ca.Impostor().Instance(billing)}
			cfg.TLSConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
				return &cfg.TLSConfig.Certificates[0], nil
			}
			wantDiagnosis(t, whose+" with another's", connect(bounded(t), cfg), rdstls.ReasonLogin, "client certificate")
		}
	}
}
