package fakedb

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"slices"
)

// A Protocol is what a server speaks that is neither PostgreSQL nor MySQL: as much as a
// client needs to log in.
type Protocol struct {
	// Upgrade speaks what comes before TLS, and returns the connection that TLS is spoken
	// on. If nil, TLS comes first.
	Upgrade func(net.Conn) (net.Conn, error)

	// Serve answers a client inside TLS until it leaves.
	Serve func(io.ReadWriter) error
}

// ListenProtocol starts a server that speaks p over TLS.
func ListenProtocol(p Protocol, cfg *tls.Config) (*Server, error) {
	return listen(func(s *session) {
		network := s.network()
		if p.Upgrade != nil {
			var err error
			if network, err = p.Upgrade(network); err != nil {
				return
			}
		}
		if s.handshake(network, cfg) {
			_ = p.Serve(s) // io.EOF, if all went well
		}
	})
}

// Listen starts a server that calls serve for each connection, and then closes its side.
func Listen(serve func(net.Conn)) (*Server, error) {
	return listen(func(s *session) { serve(s.network()) })
}

// ReceivedInTLS reports whether a client has sent text inside TLS.
func (s *Server) ReceivedInTLS(text []byte) bool {
	return slices.ContainsFunc(s.Conns(), func(c *Conn) bool { return bytes.Contains(c.Secure(), text) })
}
