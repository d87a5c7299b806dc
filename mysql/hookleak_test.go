package rdsmysql_test

import (
	"bytes"
	"context"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// TestHookOwnConnection checks that a hook that makes a verified connection of its
// own has not verified the one that the driver makes.
func TestHookOwnConnection(t *testing.T) {
	t.Parallel()
	s := listen(t, attackers["other-host"])
	cfg := hooked(t, s, func(c *mysql.Config) {
		client, server := net.Pipe()
		defer client.Close()
		go func() { _ = tls.Server(server, serving(ca.Instance(orders))).Handshake() }()
		if err := tls.Client(client, c.TLS).Handshake(); err != nil {
			t.Errorf("the handshake of the hook = %v, want nil", err)
		}
		c.TLS = &tls.Config{InsecureSkipVerify: true}
	})
	if err := connect(t.Context(), cfg, trust()); err == nil {
		t.Error("Connect = nil, want it refused")
	}
	wantOnlyHandshake(t, s)
}

// TestHookProbesElsewhere checks that a hook that keeps the verified configuration
// for a connection of its own, and weakens that of the driver, does not open the
// way for the driver: neither before, nor during the handshake in another goroutine.
func TestHookProbesElsewhere(t *testing.T) {
	t.Parallel()
	probe := func(kept *tls.Config) error {
		client, server := net.Pipe()
		defer client.Close()
		go func() { _ = tls.Server(server, serving(ca.Instance(orders))).Handshake() }() // ends with the client
		return tls.Client(client, kept).Handshake()
	}
	s := listen(t, attackers["other-host"])
	cfg := hooked(t, s, func(c *mysql.Config) {
		kept := c.TLS.Clone()
		c.TLS = &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(tls.ConnectionState) error {
			probed := make(chan error)
			go func() { probed <- probe(kept) }()
			if err := <-probed; err != nil {
				t.Errorf("the handshake of the hook = %v, want nil", err)
			}
			return nil
		}}
	})
	if err := connect(t.Context(), cfg, trust()); !errors.Is(err, rdstls.ErrUnverified) {
		t.Errorf("Connect = %v, want %v", err, rdstls.ErrUnverified)
	}
	wantOnlyHandshake(t, s)
}

// TestHookIgnoresRefusal checks that a hook that calls this module's VerifyConnection
// for the driver's connection, and ignores its error, has verified nothing.
func TestHookIgnoresRefusal(t *testing.T) {
	t.Parallel()
	s := listen(t, attackers["other-host"])
	cfg := hooked(t, s, func(c *mysql.Config) {
		verify := c.TLS.VerifyConnection
		c.TLS = &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(cs tls.ConnectionState) error {
			if verify(cs) == nil {
				t.Error("VerifyConnection accepted the attacker's certificate")
			}
			return nil
		}}
	})
	if err := connect(t.Context(), cfg, trust()); !errors.Is(err, rdstls.ErrUnverified) {
		t.Errorf("Connect = %v, want %v", err, rdstls.ErrUnverified)
	}
	wantOnlyHandshake(t, s)
}

// TestHookShowsNoClientCertificate checks that an attacker does not see the client
// certificate if a hook has removed VerifyConnection. Otherwise crypto/tls sends it,
// and with TLS 1.2 in plaintext.
func TestHookShowsNoClientCertificate(t *testing.T) {
	t.Parallel()
	for name, version := range versions {
		var shown atomic.Bool
		server := serving(otherRegionCA.Instance(orders))
		server.ClientAuth, server.MaxVersion = tls.RequireAnyClientCert, version
		server.VerifyPeerCertificate = func([][]byte, [][]*x509.Certificate) error {
			shown.Store(true)
			return nil
		}
		s := listen(t, fakedb.MySQLOptions{TLS: server})
		opts := trust()
		opts.Base = &tls.Config{Certificates: []tls.Certificate{ca.Instance(billing)}}
		if err := connect(t.Context(), hooked(t, s, weakenings["stripped"].weaken), opts); err == nil {
			t.Errorf("%s: Connect = nil, want it refused", name)
		}
		wantOnlyHandshake(t, s)
		if shown.Load() {
			t.Errorf("%s: the attacker saw the client's certificate", name)
		}
	}
}

// TestHookLoginLikeRecords checks that a login in plaintext is held back even if its
// bytes look like TLS records. The packet's length and number, and the capabilities
// that the attacker asked for, form the header of one record; a database name that
// another party chose holds the next.
func TestHookLoginLikeRecords(t *testing.T) {
	t.Parallel()
	const total, before, first = 4 + 532, 36 + len(canaryUser) + 1 + 21, 5 + 256 + 8
	name := bytes.Repeat([]byte("d"), total-before-1-22)
	copy(name[first-before:], binary.BigEndian.AppendUint16([]byte{21, 3, 1}, total-first-5))
	cfg := mysql.NewConfig()
	cfg.User, cfg.Passwd, cfg.Net, cfg.Addr, cfg.DBName = canaryUser, canaryPassword, "tcp", orders+":3306", string(name)
	received := make(chan []byte, 1)
	cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) {
		client, server := net.Pipe()
		go func() {
			_, _ = server.Write(nativeGreeting())
			_ = server.SetReadDeadline(time.Now().Add(testTimeout))
			b, _ := io.ReadAll(io.LimitReader(server, total)) // ends when the client closes
			received <- b
			server.Close()
		}()
		return client, nil
	}
	err := cfg.Apply(mysql.BeforeConnect(func(_ context.Context, c *mysql.Config) error {
		weakenings["plaintext"].weaken(c)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	if err := connect(t.Context(), cfg, trust()); err == nil {
		t.Error("Connect = nil, want it refused")
	}
	if got := <-received; len(got) > 0 {
		t.Errorf("the attacker received %.100q", got)
	}
}

// nativeGreeting is that of a server without TLS, with connectWithDB and the native
// password.
func nativeGreeting() []byte {
	payload := strings.Join([]string{
		"\x0a8.0.0\x00", "\x01\x00\x00\x00", "12345678\x00", "\x08\x02\x2d\x02\x00\x08\x00\x15",
		strings.Repeat("\x00", 10), "abcdefghijkl\x00", "mysql_native_password\x00",
	}, "")
	return append([]byte{byte(len(payload)), 0, 0, 0}, payload...)
}

// TestServerPubKeyLookedUpOnce checks that a registered server key may be gone when
// the connector connects: the driver only needs it for plaintext.
func TestServerPubKeyLookedUpOnce(t *testing.T) {
	t.Parallel()
	const name = "rdsmysql-gone"
	key := testcerts.New("eu-west-1", testcerts.RSA2048).Root().PublicKey.(*rsa.PublicKey)
	mysql.RegisterServerPubKey(name, key)
	cfg := parse(t, canaryDSN("tcp("+orders+")", permissiveParams))
	cfg.DialFunc, cfg.ServerPubKey = dialing(honest(t, orders)), name
	c := newConnector(t, cfg, trust())
	mysql.DeregisterServerPubKey(name)
	conn, err := c.Connect(t.Context())
	if err != nil {
		t.Fatalf("Connect = %v, want nil", err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
}
