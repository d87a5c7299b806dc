package fakedb

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// postgresTLSRequest is SSLRequest ("Message Formats" in the PostgreSQL
// documentation): its length and its code.
var postgresTLSRequest = []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}

// mysqlTLSRequestLen is the length of Protocol::SSLRequest with its header.
const mysqlTLSRequestLen = 36

// TLSRequested reports whether the client began by asking for TLS: with the SSLRequest of
// PostgreSQL, or the TLS request of MySQL.
func (c *Conn) TLSRequested() bool { return tlsRequestLen(c.Plain()) > 0 }

// Cleartext returns what the client sent outside TLS, except what it may send to a
// server that it has not verified: the SSLRequest or TLS request, and the records of a handshake
// and its alerts, which come outside TLS if the server takes no part in it.
func (c *Conn) Cleartext() []byte {
	plain := c.Plain()
	return afterHandshake(plain[tlsRequestLen(plain):])
}

// Leaks says what the client sent that a server that it has not verified must not
// receive: cleartext, anything inside TLS, and any of the secrets.
func (c *Conn) Leaks(secrets ...string) []string {
	var leaks []string
	if got := c.Cleartext(); len(got) > 0 {
		leaks = append(leaks, fmt.Sprintf("%d bytes in cleartext: %.200q", len(got), got))
	}
	if got := c.Secure(); len(got) > 0 {
		leaks = append(leaks, fmt.Sprintf("%d bytes inside TLS: %.200q", len(got), got))
	}
	for _, secret := range secrets {
		if c.Contains(secret) {
			leaks = append(leaks, secret)
		}
	}
	return leaks
}

// tlsRequestLen returns the length of the SSLRequest or TLS request that b begins with, or 0.
func tlsRequestLen(b []byte) int {
	switch {
	case bytes.HasPrefix(b, postgresTLSRequest):
		return len(postgresTLSRequest)
	case isMySQLTLSRequest(b):
		return mysqlTLSRequestLen
	}
	return 0
}

// isMySQLTLSRequest reports whether b begins with Protocol::SSLRequest: a header,
// capabilities with CLIENT_SSL, no maximum, a collation, and zeros.
func isMySQLTLSRequest(b []byte) bool {
	const ssl = clientSSL >> 8 // in the second byte of the capabilities
	return len(b) >= mysqlTLSRequestLen && bytes.Equal(b[:4], []byte{32, 0, 0, 1}) && b[5]&ssl != 0 &&
		bytes.Equal(b[8:12], make([]byte, 4)) && bytes.Equal(b[13:mysqlTLSRequestLen], make([]byte, 23))
}

// afterHandshake returns b without the TLS records of handshakes and alerts at its
// beginning.
func afterHandshake(b []byte) []byte {
	const header, alert = 5, 21
	for len(b) >= header && (b[0] == alert || b[0] == recordTypeHandshake) && b[1] == 3 {
		n := header + int(binary.BigEndian.Uint16(b[3:]))
		if n > len(b) {
			break
		}
		b = b[n:]
	}
	return b
}
