package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"database/sql/driver"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
)

// handshakes are unusual ones, which must not be taken for something else.
var handshakes = map[string]func(server, client *tls.Config, cfg *mysql.Config){
	"HelloRetryRequest-client-certificate": func(server, client *tls.Config, _ *mysql.Config) {
		server.CurvePreferences = []tls.CurveID{tls.CurveP384}
		server.ClientAuth = tls.RequireAnyClientCert
		cert := ca.Instance(billing)
		client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &cert, nil }
	},
	"RSA-client-certificate": func(server, client *tls.Config, _ *mysql.Config) {
		server.ClientAuth = tls.RequireAnyClientCert
		client.Certificates = []tls.Certificate{testcerts.New("us-east-1", testcerts.RSA2048).Instance(billing)}
	},
	"large-ClientHello":              func(_, client *tls.Config, _ *mysql.Config) { client.NextProtos = protocols(100) },
	"ClientHello-in-several-records": func(_, client *tls.Config, _ *mysql.Config) { client.NextProtos = protocols(250) },
	"no-socket":                      func(_, _ *tls.Config, cfg *mysql.Config) { cfg.DialFunc = throughPipe(cfg.DialFunc) },
}

// protocols are n names of 100 bytes.
func protocols(n int) []string {
	var all []string
	for range n {
		all = append(all, strings.Repeat("x", 100))
	}
	return all
}

// throughPipe puts a connection behind one of net.Pipe, which has no file
// descriptor.
func throughPipe(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		near, far := net.Pipe()
		relay := func(to, from net.Conn) {
			_, _ = io.Copy(to, from)
			to.Close()
		}
		go relay(conn, far)
		go relay(far, conn)
		return near, nil
	}
}

func TestUnusualHandshakes(t *testing.T) {
	t.Parallel()
	for name, version := range versions {
		for what, change := range handshakes {
			t.Run(name+"/"+what, func(t *testing.T) {
				t.Parallel()
				server := serving(ca.Instance(orders))
				server.MaxVersion = version
				cfg := parse(t, canaryDSN("tcp("+orders+")", permissiveParams))
				var s *fakedb.Server
				cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
					return dialing(s)(ctx, network, addr)
				}
				opts := trust()
				opts.Base = &tls.Config{}
				change(server, opts.Base, cfg)
				s = listen(t, fakedb.MySQLOptions{TLS: server})
				c := newConnector(t, cfg, opts)
				for range 2 { // the second resumes the session of the first
					conn, err := c.Connect(t.Context())
					if err != nil {
						t.Fatalf("Connect = %v, want nil", err)
					}
					if err := conn.Close(); err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

// Programs keep connectors as keys of maps.
func TestConnectorsAreComparable(t *testing.T) {
	t.Parallel()
	c := newConnector(t, parse(t, canaryDSN("tcp("+orders+")", permissiveParams)), trust())
	if counts := map[driver.Connector]int{c: 1}; counts[c] != 1 {
		t.Error("the connector is not found")
	}
}
