package testcerts_test

import (
	"crypto/tls"
	"net"
	"testing"
)

// handshake connects a client to a server over the loopback interface and returns the
// client's error. A pipe would not do: it has no buffer, so that a client refusing a large
// certificate would wait for a server that waits for it.
func handshake(t *testing.T, client, server *tls.Config) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	done := make(chan struct{})
	go func() {
		defer close(done)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		// The client's error is the one that tests are about.
		_ = tls.Server(conn, server).HandshakeContext(t.Context())
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	err = tls.Client(conn, client).HandshakeContext(t.Context())
	conn.Close()
	<-done
	return err
}

var versions = map[string]uint16{"tls12": tls.VersionTLS12, "tls13": tls.VersionTLS13}
