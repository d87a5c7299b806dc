package inspect

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/untrusted"
	"github.com/rdstls/go/rdstls"
)

// What is sent before TLS, whole: PostgreSQL's SSLRequest (protocol documentation,
// "SSL Session Encryption"), and MySQL's with the capabilities PROTOCOL_41, SSL,
// SECURE_CONNECTION and PLUGIN_AUTH (Protocol::SSLRequest).
var (
	postgresRequest = []byte{0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f}
	mysqlRequest    = append([]byte{32, 0, 0, 1, 0x00, 0x8a, 0x08, 0, 0, 0, 0, 1, 45}, make([]byte, 23)...)
)

// window is how long a MySQL server that is at hand may take for its greeting.
const window = 300 * time.Millisecond

var (
	errLateGreeting = errors.New("the server sent a MySQL greeting in place of an answer")
	errDirectTLS    = errors.New("the server answered the TLS request with a TLS alert: it speaks TLS from the first byte")
	errInjected     = &foreignAnswer{"the server sent more than one byte"}
)

// A foreignAnswer is an answer that no server of the protocol gives. It has no TLS
// to offer, and clients that fall back to plaintext have nobody to talk to either.
type foreignAnswer struct{ text string }

func (e *foreignAnswer) Error() string { return rdstls.ErrNoTLS.Error() + ": " + e.text }
func (e *foreignAnswer) Unwrap() error { return rdstls.ErrNoTLS }

// foreignGreeting is a MySQL greeting that is none.
func foreignGreeting() error {
	return &foreignAnswer{"it began with something that is no MySQL greeting"}
}

// A serverError is an error packet in place of MySQL's greeting.
type serverError struct {
	number  uint16
	message string // unverified
}

func (e *serverError) Error() string {
	return fmt.Sprintf("MySQL error %d in place of the greeting (unverified): %s", e.number, untrusted.Text(e.message, untrusted.Name))
}

// askPostgres sends the SSLRequest, and returns nil if the server goes on with TLS.
func askPostgres(conn net.Conn, deadline time.Time) error {
	if _, err := conn.Write(postgresRequest); err != nil {
		return err
	}
	var answer [5]byte
	n, err := conn.Read(answer[:])
	if n == 0 {
		return err
	}
	if n == 1 && answer[0] == 'S' {
		return nil
	}
	// Anything else is refused. The rest only tells what it is; an "N" can be the
	// first byte of a greeting, its length.
	until := time.Now().Add(window)
	if until.After(deadline) {
		until = deadline
	}
	if err := conn.SetReadDeadline(until); err == nil {
		more, _ := io.ReadFull(conn, answer[n:]) // what is missing stays zero
		n += more
	}
	switch {
	case isLateGreeting(answer[1:n]):
		return errLateGreeting
	case answer[0] == 'S':
		return errInjected
	case answer[0] == 'N':
		return fmt.Errorf("%w: it answered that it has no TLS", rdstls.ErrNoTLS)
	case answer[0] == 'E':
		return &foreignAnswer{"it answered with an error"}
	case isAlert(answer[:n]):
		return errDirectTLS
	}
	return &foreignAnswer{"it answered with bytes of another protocol"}
}

// isAlert reports whether b begins an alert record (RFC 8446, Section 5.1), with
// which TLS answers a ClientHello that is none.
func isAlert(b []byte) bool { return bytes.HasPrefix(b, []byte{21, 3}) && len(b) == 5 && b[3] == 0 }

// isLateGreeting reports whether b, what follows the first byte, is that of MySQL's
// first packet: two bytes of its length, its number, and the protocol version or
// the mark of an error.
func isLateGreeting(b []byte) bool {
	return bytes.HasPrefix(b, []byte{0, 0, 0, 0x0a}) || bytes.HasPrefix(b, []byte{0, 0, 0, 0xff})
}

// maxGreeting bounds the greeting. Real ones have about a hundred bytes.
const maxGreeting = 4096

// askMySQL reads the greeting and sends the TLS request. It returns nil if the
// server has TLS, and the server's version as it came.
func askMySQL(conn io.ReadWriter) (version string, err error) {
	var header [4]byte
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		return "", err
	}
	size := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
	if size == 0 || size > maxGreeting || header[3] != 0 {
		return "", foreignGreeting()
	}
	packet := make([]byte, size)
	if _, err := io.ReadFull(conn, packet); err != nil {
		return "", err
	}
	version, hasTLS, err := parseGreeting(packet)
	if err != nil {
		return version, err
	}
	if !hasTLS {
		return version, fmt.Errorf("%w: its greeting says that it has no TLS", rdstls.ErrNoTLS)
	}
	_, err = conn.Write(mysqlRequest)
	return version, err
}

// parseGreeting parses Protocol::HandshakeV10, or the error in its place.
func parseGreeting(packet []byte) (version string, hasTLS bool, err error) {
	const (
		afterVersion   = 4 + 8 + 1 // connection id, the first part of the scramble, filler
		capabilityTLS  = 0x800
		capabilityPart = 2
	)
	switch packet[0] {
	case 0xff:
		if len(packet) < 3 {
			return "", false, &serverError{}
		}
		return "", false, &serverError{binary.LittleEndian.Uint16(packet[1:]), string(packet[3:])}
	case 10:
	default:
		return "", false, foreignGreeting()
	}
	text, rest, ok := bytes.Cut(packet[1:], []byte{0})
	if !ok || len(rest) < afterVersion+capabilityPart {
		return "", false, &foreignAnswer{"its greeting is cut short"}
	}
	return string(text), binary.LittleEndian.Uint16(rest[afterVersion:])&capabilityTLS != 0, nil
}
