package fakedb

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"fmt"
	"net"
	"slices"
)

// Renegotiation returns the behavior of a server that asks for another handshake when the
// first has succeeded, which TLS 1.2 has and TLS 1.3 has not.
//
// It is not in the lists of hostile behaviors: only who has taken part in the first
// handshake can ask.
func Renegotiation() Behavior {
	return Behavior{Name: "renegotiation", renegotiate: true, TLS: func(cfg *tls.Config) {
		cfg.MaxVersion = tls.VersionTLS12
		// The suites that helloRequest can write a record of.
		cfg.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
	}}
}

// startTLSTwice makes the handshake and asks for another one.
func (s *session) startTLSTwice(cfg *tls.Config, begun ...byte) bool {
	cfg = cfg.Clone()
	var secrets bytes.Buffer
	cfg.KeyLogWriter = &secrets
	wire := &copied{Conn: s.network()}
	if !s.handshake(wire, cfg, begun...) {
		return false
	}
	// The tls.Conn does not know of this record, so the client could not read what it
	// sends later; it does not get that far.
	_, err := wire.Write(helloRequest(secrets.String(), wire.sent))
	return err == nil
}

// A copied connection keeps what it sends.
type copied struct {
	net.Conn
	sent []byte
}

func (c *copied) Write(p []byte) (int, error) {
	c.sent = append(c.sent, p...)
	return c.Conn.Write(p)
}

// helloRequest returns the record of a HelloRequest (RFC 5246, Section 7.4.1.1), which
// crypto/tls servers never send, as the second one that the server protects (RFC 5288,
// Section 3). It takes the key log of the connection and what the server has sent.
func helloRequest(keyLog string, sent []byte) []byte {
	var label string
	var clientRandom, master []byte
	if _, err := fmt.Sscanf(keyLog, "%s %x %x", &label, &clientRandom, &master); err != nil || label != "CLIENT_RANDOM" {
		panic("fakedb: not a key log of TLS 1.2") // a bug, as are the panics below
	}
	const helloRandom = 5 + 4 + 2 // after the headers of record and message, and the version
	serverRandom := sent[helloRandom : helloRandom+32]

	const keySize, saltSize, sequence = 16, 4, 1
	keys := prf(master, "key expansion", slices.Concat(serverRandom, clientRandom), 2*keySize+2*saltSize)
	block, err := aes.NewCipher(keys[keySize : 2*keySize])
	if err != nil {
		panic("fakedb: " + err.Error())
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		panic("fakedb: " + err.Error())
	}
	number := binary.BigEndian.AppendUint64(nil, sequence)
	message := []byte{0, 0, 0, 0} // type hello_request, length 0
	header := []byte{recordTypeHandshake, 3, 3}
	additional := append(slices.Concat(number, header), 0, byte(len(message)))
	nonce := slices.Concat(keys[2*keySize+saltSize:], number)
	sealed := aead.Seal(nil, nonce, message, additional)
	return slices.Concat(header, []byte{0, byte(len(number) + len(sealed))}, number, sealed)
}

// prf is TLS 1.2's pseudorandom function (RFC 5246, Section 5).
func prf(secret []byte, label string, seed []byte, size int) []byte {
	seed = append([]byte(label), seed...)
	sum := func(parts ...[]byte) []byte {
		h := hmac.New(sha256.New, secret)
		for _, p := range parts {
			h.Write(p)
		}
		return h.Sum(nil)
	}
	var out []byte
	for a := sum(seed); len(out) < size; a = sum(a) {
		out = append(out, sum(a, seed)...)
	}
	return out[:size]
}
