package fakedb

import (
	"context"
	"time"
)

// A TB is what the functions here need of a testing.TB.
type TB interface {
	Helper()
	Cleanup(func())
	Context() context.Context
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
}

// patience bounds the wait for the end of connections, which clients have closed.
const patience = time.Minute

// Started returns a function for the results of [ListenPostgres], [ListenMySQL] or
// [ListenProtocol]: it returns the server, and closes it at the end of the test.
func Started(tb TB) func(*Server, error) *Server {
	return func(s *Server, err error) *Server {
		tb.Helper()
		if err != nil {
			tb.Fatalf("%v", err)
		}
		tb.Cleanup(func() {
			if err := s.Close(); err != nil {
				tb.Errorf("Close = %v", err)
			}
		})
		return s
	}
}

// Ended returns the records of all connections, once the clients have closed them. It
// fails the test if they do not.
func (s *Server) Ended(tb TB) []*Conn {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	conns, err := s.Wait(ctx)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	return conns
}

// Leaks returns what all connections leaked, as [Conn.Leaks], once they have ended. It
// fails the test if nobody connected: that nothing leaked would prove nothing.
func (s *Server) Leaks(tb TB, secrets ...string) []string {
	tb.Helper()
	conns := s.Ended(tb)
	if len(conns) == 0 {
		tb.Errorf("nobody connected, so this tests nothing")
	}
	var leaks []string
	for _, c := range conns {
		leaks = append(leaks, c.Leaks(secrets...)...)
	}
	return leaks
}

// WantOnlyHandshake fails the test unless a client connected, and the server received at
// most an SSLRequest or TLS request and a handshake, which it may have finished.
func (s *Server) WantOnlyHandshake(tb TB, secrets ...string) {
	tb.Helper()
	for _, leak := range s.Leaks(tb, secrets...) {
		tb.Errorf("the server received %s", leak)
	}
}

// WantNothing is [Server.WantOnlyHandshake] for a handshake that must have failed.
func (s *Server) WantNothing(tb TB, secrets ...string) {
	tb.Helper()
	s.WantOnlyHandshake(tb, secrets...)
	for _, c := range s.Conns() {
		if _, finished := c.TLS(); finished {
			tb.Errorf("the server finished a TLS handshake")
		}
	}
}

// WantNoSecret fails the test unless a client connected, the server received nothing
// inside TLS, and none of the secrets outside. It is for protocols that say more than a
// SSLRequest or TLS request before the handshake.
func (s *Server) WantNoSecret(tb TB, secrets ...string) {
	tb.Helper()
	conns := s.Ended(tb)
	if len(conns) == 0 {
		tb.Errorf("nobody connected, so this tests nothing")
	}
	for _, c := range conns {
		if got := c.Secure(); len(got) > 0 {
			tb.Errorf("the server received %d bytes inside TLS: %.200q", len(got), got)
		}
		for _, secret := range secrets {
			if c.Contains(secret) {
				tb.Errorf("the server received %q", secret)
			}
		}
	}
}
