package rdsmysql

import (
	"bytes"
	"encoding/binary"
	"io"

	"github.com/go-sql-driver/mysql"
)

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
