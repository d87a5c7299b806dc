package fakedb

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"sync"
)

// Requests of the plugin caching_sha2_password. See "Caching_sha2_password information" in
// the MySQL Source Code Documentation.
const (
	requestPublicKey   = 2
	fullAuthentication = 4
)

// authenticate runs the server's plugin and records the password if the client sends it.
// It reports whether the client kept to the protocol.
func (m *mysql) authenticate(conn *packetConn, r *handshakeResponse) bool {
	answer := r.auth
	if r.plugin != m.opts.Plugin {
		request := append([]byte{packetEOF}, string(m.opts.Plugin)+"\x00"+scramble+"\x00"...)
		if conn.write(request) != nil {
			return false
		}
		var err error
		if answer, err = conn.read(); err != nil {
			return false
		}
	}
	switch m.opts.Plugin {
	case ClearPassword:
		return hear(conn, answer)
	case SHA256Password:
		// Outside TLS a client without the server's key sends the single byte 1 for it.
		if conn.tls == nil && bytes.Equal(answer, []byte{1}) {
			return sendKey(conn) && hearEncrypted(conn)
		}
		return hear(conn, answer)
	case CachingSHA2Password:
		return m.cachingSHA2(conn, answer)
	default:
		return true // the answer to the scramble does not contain the password
	}
}

// cachingSHA2 pretends that the password is not in the cache, and so asks for all of it.
func (m *mysql) cachingSHA2(conn *packetConn, answer []byte) bool {
	if len(answer) == 0 {
		return true // no password
	}
	if conn.write([]byte{packetMoreData, fullAuthentication}) != nil {
		return false
	}
	answer, err := conn.read()
	if err != nil {
		return false
	}
	if conn.tls == nil && bytes.Equal(answer, []byte{requestPublicKey}) {
		return sendKey(conn) && hearEncrypted(conn)
	}
	return hear(conn, answer)
}

// hear records a password that came in cleartext, ended by NUL.
func hear(conn *packetConn, answer []byte) bool {
	password, ok := bytes.CutSuffix(answer, []byte{0})
	conn.setLogin(func(l *Login) { l.Password = string(password) })
	return ok
}

func sendKey(conn *packetConn) bool {
	_, public := rsaKey()
	return conn.write(append([]byte{packetMoreData}, public...)) == nil
}

// hearEncrypted decrypts and records a password that the client encrypted with the
// server's key: RSA-OAEP of the password and NUL, exclusive-or'ed with the scramble.
func hearEncrypted(conn *packetConn) bool {
	answer, err := conn.read()
	if err != nil {
		return false
	}
	key, _ := rsaKey()
	password, err := rsa.DecryptOAEP(sha1.New(), nil, key, answer, nil)
	if err != nil {
		return false
	}
	for i := range password {
		password[i] ^= scramble[i%len(scramble)]
	}
	return hear(conn, password)
}

// rsaKey returns the key with which the servers of this process read passwords that are
// sent outside TLS, and its public half as clients want it.
var rsaKey = sync.OnceValues(func() (*rsa.PrivateKey, []byte) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprintf("fakedb: RSA key: %v", err)) // only if the system has no randomness
	}
	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		panic(fmt.Sprintf("fakedb: RSA key: %v", err)) // a bug
	}
	return key, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
})
