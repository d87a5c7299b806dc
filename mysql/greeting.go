package rdsmysql

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"syscall"

	"github.com/go-sql-driver/mysql"
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

// The length in a packet's header is of three bytes; the fourth is a counter
// (MySQL Internals, "Protocol Basics"). Greetings have about a hundred bytes.
const (
	headerLength    = 4
	longestGreeting = 1 << 16
)

func readPacket(r io.Reader) ([]byte, error) {
	header := make([]byte, headerLength)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	length := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
	if length > longestGreeting {
		return nil, errGreeting
	}
	packet := append(header, make([]byte, length)...)
	_, err := io.ReadFull(r, packet[headerLength:])
	return packet, err
}

// Capabilities of a server (MySQL Internals, "Capabilities Flags").
const (
	clientFoundRows     = 1 << 1
	clientConnectWithDB = 1 << 3
)

// needsOf returns the capabilities without which cfg would mean something else.
func needsOf(cfg *mysql.Config) (needs uint16) {
	if cfg.DBName != "" {
		needs |= clientConnectWithDB
	}
	if cfg.ClientFoundRows {
		needs |= clientFoundRows
	}
	return needs
}

// errorPacket is how an ERR_Packet begins.
const errorPacket = 0xff

// A greetingProblem says why a greeting is not passed on to the driver.
type greetingProblem string

func (p greetingProblem) Error() string {
	return "rdsmysql: the server's greeting is malformed; " + string(p)
}

const (
	errGreeting greetingProblem = "is it a MySQL server?"

	// The driver takes a greeting at its word, and silently ignores DBName and
	// ClientFoundRows where it does not offer them (initCapabilities in
	// packets.go). TLS protects what follows the greeting, not the greeting:
	// somebody on the path may have changed it.
	errCapabilities greetingProblem = "it lacks the capability for DBName or ClientFoundRows"

	// With rejectReadOnly, the driver would answer with COM_QUIT, in plaintext,
	// and try again (handleErrorPacket in packets.go). No server says this before
	// the login.
	errReadOnly greetingProblem = "it says that the server is read-only"
)

// greetingError says whether the driver can read a greeting: a "Protocol::Handshake
// V10" with both parts of its scramble, as every server since MySQL 4.1 sends, or
// an "ERR_Packet" (MySQL Internals, "Connection Phase"), and whether it offers the
// capabilities in needs.
func greetingError(payload []byte, needs uint16) error {
	const (
		firstPart       = 4 + 8 + 1 // connection id, scramble, filler
		betweenParts    = 1 + 2     // character set, status
		capabilities    = 2         // one half of them
		secondPart      = 1 + 10 + 13
		clientProtocol4 = 1 << 9
	)
	if len(payload) == 0 {
		return errGreeting
	}
	if payload[0] == errorPacket {
		return errorPacketError(payload)
	}
	version := bytes.IndexByte(payload, 0)
	if version < 1 {
		return errGreeting
	}
	rest := payload[version+1:]
	if len(rest) < firstPart+2*capabilities+betweenParts+secondPart {
		return errGreeting
	}
	switch offered := binary.LittleEndian.Uint16(rest[firstPart:]); {
	case offered&clientProtocol4 == 0:
		return errGreeting
	case offered&needs != needs:
		return errCapabilities
	}
	return nil
}

func errorPacketError(payload []byte) error {
	if len(payload) < 4 || payload[3] == '#' && len(payload) < 9 {
		return errGreeting
	}
	switch binary.LittleEndian.Uint16(payload[1:]) {
	case 1290, 1792, 1836:
		return errReadOnly
	}
	return nil
}
