package fakedb

import (
	"bytes"
	"crypto/tls"
	"net"
	"slices"
	"sync"
)

// A Login is what a client said about itself. What the protocol or the client kept from
// the server is empty.
type Login struct {
	User     string
	Database string
	Password string // only if the server received it in cleartext, inside TLS or outside
}

// A Conn is the record of one connection. It is safe to read while the connection lasts.
type Conn struct {
	conn *net.TCPConn
	done chan struct{}

	mu           sync.Mutex
	raw          []byte
	tlsAt        int // how much of raw came before TLS; -1 without TLS
	secure       []byte
	handshakeErr error
	state        *tls.ConnectionState
	login        Login
}

func newConn(conn *net.TCPConn) *Conn {
	return &Conn{conn: conn, tlsAt: -1, done: make(chan struct{})}
}

// Done returns a channel that is closed when the connection has ended and its record is
// complete.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Raw returns every byte that came over the network, encrypted or not.
func (c *Conn) Raw() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.raw)
}

// Plain returns the bytes that came outside TLS: those before the ClientHello, and all if
// the client sent none. A client that asks for TLS with PostgreSQL's SSLRequest or MySQL's
// SSL request packet has that here, and must have nothing else.
func (c *Conn) Plain() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.tlsAt < 0 || len(c.raw) > c.tlsAt && c.raw[c.tlsAt] != recordTypeHandshake {
		return slices.Clone(c.raw)
	}
	return slices.Clone(c.raw[:c.tlsAt])
}

// Secure returns the bytes that came inside TLS, decrypted.
func (c *Conn) Secure() []byte {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.secure)
}

// Contains reports whether the client sent text where this server, or anybody on the
// network, could read it.
func (c *Conn) Contains(text string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return bytes.Contains(c.raw, []byte(text)) || bytes.Contains(c.secure, []byte(text)) ||
		text != "" && c.login.Password == text // it may have come encrypted with the server's RSA key
}

// HandshakeErr returns the server's error of the TLS handshake, if that failed.
func (c *Conn) HandshakeErr() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.handshakeErr
}

// TLS returns the state of the TLS connection, and whether a handshake succeeded.
func (c *Conn) TLS() (tls.ConnectionState, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.state == nil {
		return tls.ConnectionState{}, false
	}
	return *c.state, true
}

// Login returns what the client said about itself so far.
func (c *Conn) Login() Login {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.login
}

// setLogin changes the record of the login, and returns it.
func (c *Conn) setLogin(set func(*Login)) Login {
	c.mu.Lock()
	defer c.mu.Unlock()
	set(&c.login)
	return c.login
}
