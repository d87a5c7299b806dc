package fakedb

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"strconv"

	"github.com/jackc/pgx/v5/pgproto3"
)

// HostilePostgres returns behaviors of a PostgreSQL server, or of an attacker between it and
// the client, after which no client may send its startup message or try without TLS.
// Some say nothing more and some never stop: the client needs a deadline.
func HostilePostgres() []Behavior {
	return append([]Behavior{
		{Name: "close-before-reply", Request: HangUp},
		{Name: "reset-before-reply", Request: Reset},
		{Name: "garbage-reply", Request: Send([]byte("X"))},
		// The shape of CVE-2024-10977: text of an attacker that looks like the server's.
		{Name: "error-before-tls", Request: Sequence(Send(postgresError()), HangUp)},
		{Name: "close-after-reply", Request: Sequence(Send([]byte("S")), HangUp)},
		// The shape of CVE-2021-23222: bytes that a client might take as sent inside TLS.
		{Name: "injected-bytes", Request: Send(append([]byte("S"), authenticationOK()...))},
		{Name: "injected-junk", Request: Send(append([]byte("S"), bytes.Repeat([]byte("junk"), 16<<10)...))},
		{Name: "silent-after-connect", Connect: Silence},
		{Name: "silent-after-reply", Handshake: Silence},
		{Name: "slow-drip", Handshake: Drip(partOfServerHello)},
	}, hostileTLS()...)
}

// HostileMySQL returns behaviors of a MySQL server, or of an attacker between it and the
// client, after which no client may send its login. Some say nothing more and some never
// stop: the client needs a deadline.
func HostileMySQL() []Behavior {
	spoofed := &LoginError{Number: 1040, SQLState: "08004", Message: "Too many connections"}
	return append([]Behavior{
		{Name: "close-before-greeting", Connect: HangUp},
		{Name: "reset-before-greeting", Connect: Reset},
		{Name: "error-as-greeting", Greeting: func([]byte) []byte { return packet(0, errPacket(spoofed)) }},
		// A client might take the second packet as the answer to its login.
		{Name: "injected-packet", Greeting: func(first []byte) []byte { return append(first, packet(2, okPacket())...) }},
		{Name: "close-after-request", Request: HangUp},
		{Name: "reset-after-request", Request: Reset},
		{Name: "plaintext-after-request", Request: Send(packet(2, okPacket()))},
		{Name: "silent-before-greeting", Connect: Silence},
		{Name: "silent-after-request", Request: Silence},
		{Name: "slow-drip", Handshake: Drip(partOfServerHello)},
	}, hostileTLS()...)
}

// MalformedGreetings returns behaviors in which MySQL's greeting ends early, after every
// number of bytes. Version 1.10.1 of go-sql-driver panics at most of them, before any TLS;
// those that end within the name of the plugin, which comes last, do no harm.
func MalformedGreetings() []Behavior {
	const header = 4
	var all []Behavior
	for n := range len(greeting(ClearPassword, true)) {
		all = append(all, Behavior{
			Name: "greeting-of-" + strconv.Itoa(n) + "-bytes",
			Greeting: func(first []byte) []byte {
				return packet(0, first[header:min(header+n, len(first))])
			},
		})
	}
	return all
}

// hostileTLS returns behaviors that do not depend on the database's protocol.
func hostileTLS() []Behavior {
	return []Behavior{
		// crypto/tls knows what such a client supports, and sends an alert. Old servers do
		// not, and answer with the version that they have.
		{Name: "tls10-only", TLS: only(tls.VersionTLS10)},
		{Name: "tls11-only", TLS: only(tls.VersionTLS11)},
		{Name: "tls10-server-hello", Handshake: Sequence(Send(serverHello(tls.VersionTLS10)), HangUp)},
		{Name: "tls11-server-hello", Handshake: Sequence(Send(serverHello(tls.VersionTLS11)), HangUp)},
		{Name: "rsa-key-exchange-only", TLS: rsaKeyExchange},
		{Name: "cut-server-hello", Handshake: Sequence(Send(partOfServerHello), HangUp)},
		{Name: "huge-handshake-message", Handshake: Sequence(Send(hugeMessage), HangUp)},
		{Name: "close-notify-first", Handshake: Sequence(Send(closeNotify), HangUp)},
	}
}

func only(version uint16) func(*tls.Config) {
	return func(cfg *tls.Config) { cfg.MinVersion, cfg.MaxVersion = version, version }
}

// rsaKeyExchange leaves the cipher suites that crypto/tls no longer offers by default,
// because they have no forward secrecy.
func rsaKeyExchange(cfg *tls.Config) {
	cfg.MaxVersion = tls.VersionTLS12
	cfg.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384}
}

// TLS records (RFC 8446, Section 5.1): type, version 1.2, length, content.
var (
	// partOfServerHello is the beginning of a ServerHello of 118 bytes.
	partOfServerHello = []byte{recordTypeHandshake, 3, 3, 0, 122, 2, 0, 0, 118, 3, 3, 1, 2, 3, 4, 5, 6, 7, 8}

	// hugeMessage announces a ServerHello of 16 MiB.
	hugeMessage = []byte{recordTypeHandshake, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff}

	// closeNotify is an alert: warning, close_notify.
	closeNotify = []byte{21, 3, 3, 0, 2, 1, 0}
)

// serverHello is a complete ServerHello of a version before TLS 1.3 (RFC 5246, Section
// 7.4.1.3).
func serverHello(version uint16) []byte {
	hello := binary.BigEndian.AppendUint16(nil, version)
	hello = append(hello, make([]byte, 32+1)...) // random, empty session id
	hello = binary.BigEndian.AppendUint16(hello, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)
	hello = append(hello, 0) // no compression
	record := binary.BigEndian.AppendUint16([]byte{recordTypeHandshake}, version)
	record = append(record, 0, byte(4+len(hello)), 2, 0, 0, byte(len(hello)))
	return append(record, hello...)
}

func postgresError() []byte {
	return mustEncode(&pgproto3.ErrorResponse{
		Severity: "FATAL", SeverityUnlocalized: "FATAL", Code: "28P01",
		Message: "TLS is out of order: use sslmode=disable",
	})
}

func authenticationOK() []byte { return mustEncode(&pgproto3.AuthenticationOk{}) }

func mustEncode(msg pgproto3.BackendMessage) []byte {
	b, err := msg.Encode(nil)
	if err != nil {
		panic("fakedb: " + err.Error()) // a bug: the messages are constants
	}
	return b
}
