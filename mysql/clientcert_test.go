package rdsmysql_test

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"
)

// message is a handshake message of TLS 1.2 (RFC 5246, Section 7.4).
func message(kind byte, parts ...[]byte) []byte {
	var body []byte
	for _, p := range parts {
		body = append(body, p...)
	}
	n := len(body)
	return append([]byte{kind, byte(n >> 16), byte(n >> 8), byte(n)}, body...)
}

// sized puts a length of three bytes before b.
func sized(b []byte) []byte {
	return append([]byte{byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}, b...)
}

// unprovenFlight is what an attacker can send who has recorded a chain, and asks for
// the client's certificate: no ServerKeyExchange, which takes the key.
func unprovenFlight(chain [][]byte) []byte {
	const serverHello, certificate, certificateRequest, serverHelloDone = 2, 11, 13, 14
	var certificates []byte
	for _, c := range chain {
		certificates = append(certificates, sized(c)...)
	}
	hello := append([]byte{3, 3}, make([]byte, 32)...)         // version, random
	hello = append(hello, 0, 0xc0, 0x2b, 0)                    // no session, ECDHE_ECDSA with AES-128-GCM, no compression
	request := []byte{2, 1, 64, 0, 4, 4, 3, 8, 4, 0, 0}        // RSA and ECDSA; two signature algorithms; any CA
	records := make([]byte, 0, len(certificates)+len(hello)*2) // one for each message
	for _, m := range [][]byte{
		message(serverHello, hello), message(certificate, sized(certificates)),
		message(certificateRequest, request), message(serverHelloDone),
	} {
		records = append(binary.BigEndian.AppendUint16(append(records, 22, 3, 3), uint16(len(m))), m...)
	}
	return records
}

// TestClientCertificateWithheld checks that the client's certificate does not
// reach a server of TLS 1.2 that has recorded the chain of the true one.
func TestClientCertificateWithheld(t *testing.T) {
	t.Parallel()
	received := make(chan []byte, 1)
	cfg, wait := piped(func(conn net.Conn) int64 {
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(testTimeout))
		_, _ = conn.Write(tlsGreeting) // errors show in what is received
		_, _ = io.ReadFull(conn, make([]byte, 36))
		header := make([]byte, 5)
		_, _ = io.ReadFull(conn, header)
		_, _ = io.ReadFull(conn, make([]byte, binary.BigEndian.Uint16(header[3:])))
		go func() { _, _ = conn.Write(unprovenFlight(ca.Instance(orders).Certificate)) }()
		b, _ := io.ReadAll(conn)
		received <- b
		return 0
	})
	opts := trust()
	client := ca.Leaf(func(leaf *x509.Certificate) { leaf.ExtKeyUsage = nil }, "app.example")
	var asked bool
	opts.Base = &tls.Config{GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		asked = true
		return &client, nil
	}}
	if err := connect(t.Context(), cfg, opts); err == nil {
		t.Error("Connect = nil, want an error")
	}
	wait()
	if !asked {
		t.Error("crypto/tls did not ask for the client's certificate, so the test shows nothing")
	}
	if got := <-received; len(got) > 7 { // a record with an alert
		t.Errorf("the attacker received %d bytes: %.100q, want an alert at most", len(got), got)
	}
}
