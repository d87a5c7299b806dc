package fakedb

import (
	"crypto/tls"
	"net"
	"time"
)

// A Behavior is a way in which a server is hostile or broken before the login. The zero
// value is honest. [HostilePostgres], [HostileMySQL] and [MalformedGreetings] list
// behaviors that clients must survive.
type Behavior struct {
	Name string // in words joined by hyphens

	// Connect runs when a client has connected, before anything is read or sent.
	Connect Action

	// Greeting returns what MySQL's server sends first, given the honest packet with its
	// header. PostgreSQL has no greeting.
	Greeting func(packet []byte) []byte

	// Request runs when the client has asked for TLS. With PostgreSQL it replaces the
	// answer, which otherwise is one byte; MySQL has none.
	Request Action

	// Handshake runs in place of the TLS handshake, before the ClientHello is read.
	Handshake Action

	// TLS changes the server's configuration.
	TLS func(*tls.Config)

	renegotiate bool // see Renegotiation
}

// An Action is something that a server does to a connection outside TLS. It reports
// whether the server continues as if nothing had happened. If not, the server closes its
// side and reads what the client still sends.
type Action func(conn net.Conn) (proceed bool)

// run is for hooks, of which most are nil.
func (a Action) run(conn net.Conn) bool { return a == nil || a(conn) }

// Send returns an action that sends bytes and continues.
func Send(b []byte) Action {
	return func(conn net.Conn) bool {
		_, err := conn.Write(b)
		return err == nil
	}
}

// HangUp closes the server's side of the connection.
func HangUp(net.Conn) bool { return false }

// Reset aborts the connection, so that the client sees it reset.
func Reset(conn net.Conn) bool {
	if r, ok := conn.(recorder); ok {
		conn = r.Conn
	}
	_ = conn.(*net.TCPConn).SetLinger(0) // fails if the connection is closed, as it will be
	conn.Close()
	return false
}

// Silence sends nothing more, until the client closes or the server is closed.
func Silence(conn net.Conn) bool {
	drain(conn)
	return false
}

// dripInterval is short against the time that a client allows for a whole connection, so
// that a client that measures only the time between two bytes never gives up.
const dripInterval = 20 * time.Millisecond

// Drip returns an action that sends bytes one at a time, slowly, over and over, until the
// client closes or the server is closed.
func Drip(b []byte) Action {
	return func(conn net.Conn) bool {
		gone := make(chan struct{})
		go func() {
			defer close(gone)
			drain(conn)
		}()
		defer func() { <-gone }()
		ticker := time.NewTicker(dripInterval)
		defer ticker.Stop()
		for i := 0; ; i++ {
			select {
			case <-gone:
				return false
			case <-ticker.C:
				if _, err := conn.Write(b[i%len(b) : i%len(b)+1]); err != nil {
					return false
				}
			}
		}
	}
}

// Sequence returns an action that does one after the other, until one does not proceed.
func Sequence(actions ...Action) Action {
	return func(conn net.Conn) bool {
		for _, a := range actions {
			if !a.run(conn) {
				return false
			}
		}
		return true
	}
}
