package adapter

import (
	"encoding/binary"
	"errors"
	"net"
)

var errWithheld = errors.New("rdstls: the client certificate was not sent: the server did not prove that it has its key")

// WithholdCertificate returns conn, over which a TLS client sends its certificate
// only to a server that has proved that it has the key of its own.
//
// Up to TLS 1.2, crypto/tls writes the client's certificate, unencrypted, before it
// notices that the server has sent no signature (RFC 5246, Section 7.4.3), and after
// VerifyConnection, which a recorded certificate passes. It gathers what it sends up
// to its Finished message, and writes that at once. If the handshake fails, it
// writes what it has. So a write with a certificate and without the
// change_cipher_spec before Finished is of a handshake that failed (crypto/tls,
// Go 1.26, handshake_client.go). TLS 1.3 encrypts the certificate, and the server
// proves its key before.
func WithholdCertificate(conn net.Conn) net.Conn {
	return &certificateConn{Conn: conn}
}

type certificateConn struct {
	net.Conn
	encrypted bool // change_cipher_spec was written; used by one writer at a time
}

func (c *certificateConn) Write(p []byte) (int, error) {
	if !c.encrypted {
		certificate, changes := inspectRecords(p)
		if certificate && !changes {
			return 0, errWithheld
		}
		c.encrypted = changes
	}
	return c.Conn.Write(p)
}

// inspectRecords reports whether the unencrypted TLS records of p hold a message
// with a certificate, and a change_cipher_spec.
func inspectRecords(p []byte) (certificate, changeCipherSpec bool) {
	const (
		header            = 5 // type, version, length (RFC 5246, Section 6.2.1)
		typeChangeCipher  = 20
		typeHandshake     = 22
		handshakeTypeCert = 11
	)
	for len(p) > header {
		switch {
		case p[0] == typeChangeCipher:
			return certificate, true
		case p[0] == typeHandshake && p[header] == handshakeTypeCert:
			certificate = true
		}
		p = p[min(len(p), header+int(binary.BigEndian.Uint16(p[3:]))):]
	}
	return certificate, false
}
