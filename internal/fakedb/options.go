package fakedb

import "crypto/tls"

// A LoginError makes a server refuse a login.
type LoginError struct {
	Number   uint16 // MySQL's error number, such as 1045
	SQLState string // such as "28P01" or "28000"
	Message  string
}

// security is what the two kinds of server have in common: the TLS of [PostgresOptions]
// and [MySQLOptions], with the behavior applied.
type security struct {
	tls      *tls.Config
	behavior Behavior
}

// newSecurity copies cfg for the lifetime of a server. All its connections share the
// copy, so that clients can resume sessions.
func newSecurity(cfg *tls.Config, b Behavior) security {
	if cfg != nil {
		cfg = cfg.Clone()
		if b.TLS != nil {
			b.TLS(cfg)
		}
	}
	return security{cfg, b}
}

// startTLS makes the handshake in the server's manner.
func (c security) startTLS(s *session, begun ...byte) bool {
	if c.behavior.renegotiate {
		return s.startTLSTwice(c.tls, begun...)
	}
	return c.behavior.Handshake.run(s.network()) && s.startTLS(c.tls, begun...)
}
