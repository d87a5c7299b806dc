package rdsmysql

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"syscall"

	"github.com/rdstls/go/internal/adapter"
)

// A watchedConn gives the driver a neutral greeting in place of the server's, and
// stops what the driver must not send before the server has been verified.
//
// The driver believes a greeting. It indexes a malformed one beyond its end,
// panics, and leaves the socket and a goroutine behind (go-sql-driver/mysql
// v1.10.1, readHandshakePacket in packets.go).
type watchedConn struct {
	net.Conn
	attempt *attempt
	read    bool         // whether the greeting was read
	pending bytes.Reader // what the driver has not read of the neutral greeting
}

// watch returns conn with these checks. The driver switches keepalive on for a
// *net.TCPConn only. It looks for the file descriptor of idle connections, to see
// whether they are alive, so a conn that has one must keep it.
func watch(conn net.Conn, a *attempt) net.Conn {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetKeepAlive(true) // the driver only logs an error
	}
	watched := &watchedConn{Conn: adapter.WithholdCertificate(adapter.WithDeadlines(conn)), attempt: a}
	if raw, ok := conn.(syscall.Conn); ok {
		return struct {
			*watchedConn
			syscall.Conn
		}{watched, raw}
	}
	return watched
}

func (c *watchedConn) Read(p []byte) (n int, err error) {
	a := c.attempt
	if a.done.Load() {
		return c.Conn.Read(p)
	}
	a.callersCode(func() { n, err = c.readChecked(p) })
	return n, err
}

// readChecked never returns bytes of the server together with the greeting: the
// driver must read what follows in TLS.
func (c *watchedConn) readChecked(p []byte) (int, error) {
	if !c.read {
		c.read = true
		packet, err := c.attempt.readGreeting(c.Conn)
		if err != nil {
			c.attempt.readErr = err
			return 0, err
		}
		c.pending.Reset(packet)
	}
	if c.pending.Len() > 0 {
		return c.pending.Read(p)
	}
	return c.Conn.Read(p)
}

// readGreeting returns the packet that the driver is given as the server's first.
func (a *attempt) readGreeting(conn net.Conn) (packet []byte, err error) {
	defer func() {
		var refused greetingError
		if errors.As(err, &refused) {
			a.fatalErr = refused
		}
	}()
	payload, err := readPacket(conn)
	if err != nil {
		return nil, err
	}
	if payload[0] == errPacketMarker {
		a.gotErrPacket = true
		return neutralErrPacket(payload)
	}
	g, err := parseGreeting(payload)
	if err != nil {
		return nil, err
	}
	a.announced = g.capabilities
	return g.neutral(a.required, a.allowNative), nil
}

// Write lets only the TLS request and the handshake pass before the server was
// verified.
func (c *watchedConn) Write(p []byte) (n int, err error) {
	a := c.attempt
	if a.done.Load() {
		return c.Conn.Write(p)
	}
	if err := a.checkWrite(p); err != nil {
		return 0, err
	}
	a.callersCode(func() { n, err = c.Conn.Write(p) })
	return n, err
}

func (a *attempt) checkWrite(p []byte) error {
	switch {
	case a.verified.Load():
	case a.tlsRequested && a.records.beforeCertificate(p):
	case !a.tlsRequested && isTLSRequest(p): // first: a login in plaintext can look like records
		a.tlsRequested = true
		return a.checkRequest(binary.LittleEndian.Uint32(p[headerLength:]))
	default:
		a.fatalErr = hookError{}
		return a.fatalErr
	}
	return nil
}

// checkRequest looks at the capabilities in the driver's TLS request. They say what
// its configuration asks for after a hook has run, as the greeting offered all of
// it. Both sides must agree on compression: one that compresses alone hangs.
func (a *attempt) checkRequest(requested uint32) error {
	a.compressed = requested&clientCompress != 0
	a.hasDatabase = requested&clientConnectWithDB != 0
	if a.compressed && a.announced&clientCompress == 0 {
		a.fatalErr = errCompress
		return errCompress
	}
	return nil
}

// isTLSRequest reports whether b is the packet with which a client asks for TLS: a
// header, capabilities with CLIENT_SSL, the largest packet, the character set, and
// nothing ("Protocol::SSLRequest" in the MySQL Source Code Documentation).
func isTLSRequest(b []byte) bool {
	const length = 32
	return len(b) == headerLength+length && b[0] == length && binary.LittleEndian.Uint32(b[headerLength:])&clientSSL != 0
}
