package rdstls_test

import (
	"crypto/fips140"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

const (
	instance = "orders.c9akciq32.eu-west-1.rds.amazonaws.com"
	cluster  = "shop.cluster-c9akciq32.eu-west-1.rds.amazonaws.com"
	reader   = "shop.cluster-ro-c9akciq32.eu-west-1.rds.amazonaws.com"
	proxy    = "pool.proxy-c9akciq32.eu-west-1.rds.amazonaws.com"
)

// A session is what came of one connection: both ends' views.
type session struct {
	client    tls.ConnectionState
	clientErr error
	serverErr error
	received  string // what the server read inside TLS
}

// connect makes one connection between a client and a server, over loopback:
// with a pipe, which has no buffers, both ends would wait for ever for the other
// to read their alerts. Each says a word, so that the session tickets of TLS
// 1.3, which follow the handshake, are read as well.
func connect(t *testing.T, client, server *tls.Config) session {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	done := make(chan session, 1)
	go func() { done <- serve(listener, server) }()
	socket, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	conn := tls.Client(socket, client)
	err = conn.Handshake()
	if err == nil {
		_, err = conn.Write([]byte("word"))
	}
	if err == nil {
		_, err = io.ReadFull(conn, make([]byte, 4))
	}
	socket.Close()
	s := <-done
	s.client, s.clientErr = conn.ConnectionState(), err
	return s
}

func serve(listener net.Listener, server *tls.Config) session {
	socket, err := listener.Accept()
	if err != nil {
		return session{serverErr: err}
	}
	defer socket.Close()
	conn := tls.Server(socket, server)
	word := make([]byte, 4)
	n, err := io.ReadFull(conn, word)
	if err == nil {
		_, err = conn.Write(word)
	}
	return session{serverErr: err, received: string(word[:n])}
}

// sharedConfig calls SharedConfig, which must accept opts.
func sharedConfig(t *testing.T, opts *rdstls.Options) *tls.Config {
	t.Helper()
	cfg, err := rdstls.SharedConfig(opts)
	if err != nil {
		t.Fatalf("SharedConfig = %v, want nil", err)
	}
	return cfg
}

func serverWith(cert tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

// versions are the TLS versions that RDS speaks and this package accepts.
var versions = map[string]uint16{"TLS1.2": tls.VersionTLS12, "TLS1.3": tls.VersionTLS13}

func mustConfig(t *testing.T, host string, opts *rdstls.Options) *tls.Config {
	t.Helper()
	cfg, err := rdstls.ClientConfig(host, opts)
	if err != nil {
		t.Fatalf("ClientConfig(%q) = %v", host, err)
	}
	return cfg
}

func wantRefused(t *testing.T, s session) {
	t.Helper()
	if s.clientErr == nil {
		t.Error("the client connected, want an error")
	}
	if s.serverErr == nil || s.received != "" {
		t.Errorf("the server got %q and the error %v, want nothing and an error", s.received, s.serverErr)
	}
}

func wantConnected(t *testing.T, s session) {
	t.Helper()
	if s.clientErr != nil || s.serverErr != nil || s.received != "word" {
		t.Errorf("client: %v, server: %v, received %q, want a connection", s.clientErr, s.serverErr, s.received)
	}
}

func TestHandshakeAccepts(t *testing.T) {
	t.Parallel()
	rsa := testcerts.New("eu-west-1", testcerts.RSA2048)
	ecc := testcerts.New("eu-west-1", testcerts.ECC384)
	acm := testcerts.NewAmazonTrust()
	tests := []struct {
		name, host string
		ca         *testcerts.Authority
		cert       tls.Certificate
	}{
		{"instance", instance, rsa, rsa.Instance(instance)},
		{"instance-ecc", instance, ecc, ecc.Instance(instance)},
		{"upper-case", strings.ToUpper(instance), rsa, rsa.Instance(instance)},
		{"trailing-dot", instance + ".", rsa, rsa.Instance(instance)},
		{"aurora-instance", instance, rsa, rsa.AuroraInstance(instance, cluster, reader)},
		{"aurora-cluster", cluster, rsa, rsa.AuroraInstance(instance, cluster, reader)},
		{"aurora-reader", reader, ecc, ecc.AuroraInstance(instance, cluster, reader)},
		{"proxy", proxy, acm, acm.Proxy(proxy)},
	}
	for _, tt := range tests {
		for version, v := range versions {
			t.Run(tt.name+"/"+version, func(t *testing.T) {
				t.Parallel()
				cfg := mustConfig(t, tt.host, &rdstls.Options{Roots: tt.ca.Pool(), Base: &tls.Config{MaxVersion: v}})
				first := connect(t, cfg, serverWith(tt.cert))
				wantConnected(t, first)
				if first.client.Version != v {
					t.Errorf("Version = %x, want %x", first.client.Version, v)
				}
			})
		}
	}
}

// Private names and addresses are verified like endpoints once Roots says by whom.
func TestHandshakeOtherNames(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	for _, host := range []string{"localhost", "my_db", "db.internal.", "127.0.0.1", "::1", "2001:DB8::0:1", "2001:db8::A"} {
		cert := ca.Leaf(func(leaf *x509.Certificate) {
			if ip := net.ParseIP(host); ip != nil {
				leaf.DNSNames, leaf.IPAddresses = nil, []net.IP{ip}
			}
		}, strings.TrimSuffix(host, "."))
		wantConnected(t, connect(t, mustConfig(t, host, &rdstls.Options{Roots: ca.Pool()}), serverWith(cert)))
		wantRefused(t, connect(t, mustConfig(t, host, &rdstls.Options{Roots: ca.Pool()}), serverWith(ca.Instance(instance))))
		shared := sharedConfig(t, &rdstls.Options{Roots: ca.Pool()})
		shared.ServerName = strings.TrimSuffix(host, ".")
		wantConnected(t, connect(t, shared, serverWith(cert)))
		wantRefused(t, connect(t, shared, serverWith(ca.Instance(instance))))
	}
}

func TestHandshakeRefusesBadCertificates(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.RSA2048)
	for _, bad := range testcerts.Bad(ca, instance) {
		for version, v := range versions {
			t.Run(bad.Name+"/"+version, func(t *testing.T) {
				t.Parallel()
				opts := &rdstls.Options{Roots: ca.Pool(), Base: &tls.Config{MaxVersion: v}}
				wantRefused(t, connect(t, mustConfig(t, instance, opts), serverWith(bad.Cert)))
				shared := sharedConfig(t, opts)
				shared.ServerName = instance
				wantRefused(t, connect(t, shared, serverWith(bad.Cert)))
			})
		}
	}
}

// The embedded roots accept nobody else's certificates, however alike they look.
func TestHandshakeEmbeddedRoots(t *testing.T) {
	t.Parallel()
	acm := testcerts.NewAmazonTrust()
	for _, key := range []testcerts.KeyType{testcerts.RSA2048, testcerts.ECC384} {
		ca := testcerts.New("eu-west-1", key)
		wantRefused(t, connect(t, mustConfig(t, instance, nil), serverWith(ca.Instance(instance))))
		wantRefused(t, connect(t, mustConfig(t, proxy, nil), serverWith(acm.Proxy(proxy))))
	}
}

func TestHandshakeOldTLS(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.RSA2048)
	server := serverWith(ca.Instance(instance))
	server.MinVersion, server.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	base := &tls.Config{MinVersion: tls.VersionTLS10} // raised, not heeded
	wantRefused(t, connect(t, mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool(), Base: base}), server))
	control := &tls.Config{RootCAs: ca.Pool(), ServerName: instance, MinVersion: tls.VersionTLS10}
	if fips140.Enabled() {
		wantRefused(t, connect(t, control, server)) // the FIPS 140 mode of Go has no such TLS: there is no control
		return
	}
	wantConnected(t, connect(t, control, server))
}

// Expiry is judged by Base.Time.
func TestHandshakeClock(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	noon := time.Date(2030, 6, 1, 12, 0, 0, 0, time.UTC)
	cert := ca.Leaf(func(leaf *x509.Certificate) {
		leaf.NotBefore, leaf.NotAfter = noon.Add(-time.Hour), noon.Add(time.Hour)
	}, instance)
	for _, tt := range []struct {
		at   time.Time
		want bool
	}{{noon, true}, {noon.Add(-2 * time.Hour), false}, {noon.Add(2 * time.Hour), false}} {
		base := &tls.Config{Time: func() time.Time { return tt.at }}
		s := connect(t, mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool(), Base: base}), serverWith(cert))
		var invalid x509.CertificateInvalidError
		if got := s.clientErr == nil; got != tt.want {
			t.Errorf("at %v: %v, want connected: %v", tt.at, s.clientErr, tt.want)
		} else if !got && (!errors.As(s.clientErr, &invalid) || invalid.Reason != x509.Expired) {
			t.Errorf("at %v: %v, want an x509.CertificateInvalidError with Expired", tt.at, s.clientErr)
		}
	}
}
