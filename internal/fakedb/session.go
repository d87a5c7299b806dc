package fakedb

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
)

// recordTypeHandshake is the first byte of a ClientHello (RFC 8446, Section 5.1).
const recordTypeHandshake = 0x16

// A session is the server's end of a connection. Only the goroutine that serves the
// connection uses it.
type session struct {
	*Conn
	tls *tls.Conn // nil outside TLS
}

// Read reads what the client sent, and records it.
func (s *session) Read(p []byte) (int, error) {
	if s.tls == nil {
		return s.network().Read(p)
	}
	n, err := s.tls.Read(p)
	s.mu.Lock()
	s.secure = append(s.secure, p[:n]...)
	s.mu.Unlock()
	return n, err
}

// Write sends p to the client, inside TLS if that has begun.
func (s *session) Write(p []byte) (int, error) {
	if s.tls == nil {
		return s.conn.Write(p)
	}
	return s.tls.Write(p)
}

// startTLS makes the handshake, of which begun has been read already. It reports whether
// it succeeded.
func (s *session) startTLS(cfg *tls.Config, begun ...byte) bool {
	return s.handshake(s.network(), cfg, begun...)
}

// handshake is startTLS over another connection that leads to the network.
func (s *session) handshake(network net.Conn, cfg *tls.Config, begun ...byte) bool {
	s.mu.Lock()
	s.tlsAt = len(s.raw) - len(begun)
	s.mu.Unlock()
	conn := tls.Server(prefixed{network, io.MultiReader(bytes.NewReader(begun), network)}, cfg)
	err := conn.Handshake()
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.handshakeErr = err
		return false
	}
	state := conn.ConnectionState()
	s.tls, s.state = conn, &state
	return true
}

// end closes the server's side, and then records what the client still sends until it
// closes its own. What a client sends in plaintext after a failure is recorded too.
func (s *session) end() {
	// Closing fails if the client has gone, or an action has closed the connection.
	if s.tls != nil {
		_ = s.tls.CloseWrite()
		_, _ = io.Copy(io.Discard, struct{ io.Reader }{s})
	}
	_ = s.conn.CloseWrite()
	drain(s.network())
	s.conn.Close()
}

// network is the connection below TLS. Reading from it records.
func (s *session) network() net.Conn { return recorder{s.conn, s.Conn} }

type recorder struct {
	net.Conn
	record *Conn
}

func (r recorder) Read(p []byte) (int, error) {
	n, err := r.Conn.Read(p)
	r.record.mu.Lock()
	r.record.raw = append(r.record.raw, p[:n]...)
	r.record.mu.Unlock()
	return n, err
}

// prefixed is a connection of which something has been read already.
type prefixed struct {
	net.Conn
	reader io.Reader
}

func (p prefixed) Read(b []byte) (int, error) { return p.reader.Read(b) }

// drain reads until the client closes the connection or the server is closed.
func drain(conn net.Conn) {
	// The wrapper hides WriteTo and ReadFrom, which would go around the recorder.
	_, _ = io.Copy(io.Discard, struct{ io.Reader }{conn})
}
