package fakedb

import (
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
)

// RecordedChain returns the behavior of an attacker who has recorded the certificates
// of a server, without the key, and asks the client for a certificate over TLS 1.2. They
// leave out the ServerKeyExchange, which they could not sign (RFC 5246, Section 7.4.3).
func RecordedChain(chain tls.Certificate) Behavior {
	const serverHelloType, certificateType, certificateRequestType, doneType = 2, 11, 13, 14
	hello := binary.BigEndian.AppendUint16(nil, tls.VersionTLS12)
	hello = append(hello, make([]byte, 32+1)...) // random, empty session id
	hello = binary.BigEndian.AppendUint16(hello, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
	hello = append(hello, 0) // no compression
	var certs []byte
	for _, der := range chain.Certificate {
		certs = append(append(certs, uint24(len(der))...), der...)
	}
	// rsa_sign and ecdsa_sign; SHA-256 with each, and RSA-PSS; any CA.
	request := []byte{2, 1, 64, 0, 6, 4, 1, 4, 3, 8, 4, 0, 0}
	var flight []byte
	for _, m := range []struct {
		kind byte
		body []byte
	}{
		{serverHelloType, hello},
		{certificateType, append(uint24(len(certs)), certs...)},
		{certificateRequestType, request},
		{doneType, nil},
	} {
		flight = append(append(append(flight, m.kind), uint24(len(m.body))...), m.body...)
	}
	record := []byte{recordTypeHandshake, 3, 3}
	record = append(binary.BigEndian.AppendUint16(record, uint16(len(flight))), flight...)
	return Behavior{Name: "recorded-chain", Handshake: Sequence(readRecord, Send(record), HangUp)}
}

func uint24(n int) []byte { return []byte{byte(n >> 16), byte(n >> 8), byte(n)} }

// readRecord reads one TLS record, the ClientHello.
func readRecord(conn net.Conn) bool {
	header := make([]byte, 5)
	if _, err := io.ReadFull(conn, header); err != nil {
		return false
	}
	_, err := io.CopyN(io.Discard, conn, int64(binary.BigEndian.Uint16(header[3:])))
	return err == nil
}
