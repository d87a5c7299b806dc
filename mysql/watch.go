package rdsmysql

import (
	"net"
	"syscall"
)

// A watchedConn checks the first packet of the server before the driver sees it,
// and what the driver says before the server has been verified.
//
// The driver indexes a greeting beyond its end, panics, and leaves the socket and
// a goroutine behind (go-sql-driver/mysql v1.10.1, readHandshakePacket in
// packets.go and auth in auth.go). That packet comes before TLS, so anybody on
// the path can write it.
type watchedConn struct {
	net.Conn
	attempt *attempt
	checked bool
	pending []byte // what the driver has not read of the greeting
}

// watch returns conn with these checks. The driver looks for the file descriptor
// of idle connections, to see whether they are alive, so a conn that has one goes
// on having it.
func watch(conn net.Conn, a *attempt) net.Conn {
	watched := &watchedConn{Conn: conn, attempt: a}
	if raw, ok := conn.(syscall.Conn); ok {
		return struct {
			*watchedConn
			syscall.Conn
		}{watched, raw}
	}
	return watched
}

func (c *watchedConn) Read(p []byte) (int, error) {
	if !c.checked {
		c.checked = true
		packet, err := readPacket(c.Conn)
		if err == nil {
			err = greetingError(packet[headerLength:], c.attempt.needs)
			c.attempt.refused = err == nil && packet[headerLength] == errorPacket
		}
		if problem, ok := err.(greetingProblem); ok {
			c.attempt.problem = problem
		}
		if err != nil {
			c.attempt.unread = err
			return 0, err
		}
		c.pending = packet
	}
	if len(c.pending) > 0 {
		n := copy(p, c.pending)
		c.pending = c.pending[n:]
		return n, nil
	}
	n, err := c.Conn.Read(p)
	if err != nil && !c.attempt.verified.Load() {
		c.attempt.unread = err
	}
	return n, err
}

// Write lets nothing but the request for TLS and the handshake pass before the
// server was verified.
func (c *watchedConn) Write(p []byte) (int, error) {
	a := c.attempt
	switch {
	case a.verified.Load() || a.asked.Load() && a.isHandshake(p):
	case !a.asked.Load() && isTLSRequest(p): // first: a login in plaintext can look like records
		a.asked.Store(true)
	default:
		a.problem = hookError{}
		return 0, hookError{}
	}
	return c.Conn.Write(p)
}

// A TLS record begins with its type, the version and its length (RFC 8446, Section
// 5.1). TLS 1.3 disguises alerts as application data: two bytes, the type, and
// the authentication tag.
const (
	recordHeader      = 5
	firstRecordType   = 20
	handshakeRecord   = 22
	applicationRecord = 23
	messageHeader     = 4 // the type, 1 for a ClientHello, and its length
	clientHello       = 1
	longestAlert      = 2
	disguisedAlert    = longestAlert + 1 + 16
)

// isHandshake reports whether b is a whole number of records that a client sends
// before it has seen the server's certificate: ClientHellos, changes of the
// cipher, and alerts. In TLS 1.2 its own certificate is a record like a ClientHello.
func (a *attempt) isHandshake(b []byte) bool {
	for len(b) >= recordHeader && firstRecordType <= b[0] && b[0] <= applicationRecord {
		length := int(b[3])<<8 + int(b[4])
		if recordHeader+length > len(b) {
			return false
		}
		record := b[recordHeader : recordHeader+length]
		switch b[0] {
		case handshakeRecord:
			if a.hello == 0 && length >= messageHeader && record[0] == clientHello {
				a.hello = messageHeader + int(record[1])<<16 + int(record[2])<<8 + int(record[3])
			}
			a.hello -= length
			if a.hello < 0 {
				return false
			}
		case applicationRecord:
			if length > disguisedAlert {
				return false
			}
		default:
			if length > longestAlert { // a change of the cipher is of one byte
				return false
			}
		}
		b = b[recordHeader+length:]
	}
	return len(b) == 0
}

// isTLSRequest reports whether b is the packet with which a client asks for TLS: a
// header, capabilities with CLIENT_SSL, the largest packet, the character set, and
// nothing (MySQL Internals, "Protocol::SSLRequest").
func isTLSRequest(b []byte) bool {
	const length, clientSSL = 32, 8 // in the second byte of the capabilities
	return len(b) == headerLength+length && b[0] == length && b[headerLength+1]&clientSSL != 0
}
