package rdsmysql

import (
	"bytes"
	"encoding/binary"
	"io"
)

// The length in a packet's header has three bytes; the fourth is a counter
// ("MySQL Packets" in the MySQL Source Code Documentation). Greetings have about a
// hundred bytes.
const (
	headerLength = 4
	maxGreeting  = 1 << 16
)

// readPacket returns the payload of a packet.
func readPacket(r io.Reader) ([]byte, error) {
	var header [headerLength]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return nil, err
	}
	length := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
	if length == 0 || length > maxGreeting {
		return nil, errGreeting
	}
	payload := make([]byte, length)
	_, err := io.ReadFull(r, payload)
	return payload, err
}

// firstPacket puts the header of a connection's first packet before payload.
func firstPacket(payload []byte) []byte {
	n := len(payload)
	return append([]byte{byte(n), byte(n >> 8), byte(n >> 16), 0}, payload...) //nolint:gosec // a length has three bytes
}

// A greetingError says why a greeting is not passed on to the driver.
type greetingError string

func (e greetingError) Error() string { return "rdsmysql: " + string(e) }

const (
	errGreeting greetingError = "the server's greeting is malformed; is it a MySQL server?"

	// With rejectReadOnly, the driver would answer with COM_QUIT, in plaintext,
	// and try again (handleErrorPacket in packets.go). No server says this before
	// the login.
	errReadOnly greetingError = "the server's greeting is malformed; it says that the server is read-only"

	errCompress greetingError = "the configuration asks for compression, and the server does not offer it; remove compress=true"
)

// A greeting is what is used of "Protocol::HandshakeV10" (MySQL Source Code
// Documentation, "Connection Phase Packets"). It precedes TLS, so an attacker on the
// network path can edit all of it.
type greeting struct {
	scramble     [20]byte
	capabilities uint32
	plugin       string
}

// parseGreeting reads a greeting with both parts of its scramble, as every server
// since MySQL 4.1 sends it.
func parseGreeting(payload []byte) (g greeting, err error) {
	const (
		protocolVersion = 10
		connectionID    = 4
		scrambleStart   = 8
		filler          = 1
		charsetStatus   = 1 + 2
		lengthReserved  = 1 + 10
		scrambleEnd     = 12
		fixedLength     = connectionID + scrambleStart + filler + 2 + charsetStatus + 2 + lengthReserved + scrambleEnd + 1
	)
	versionEnd := bytes.IndexByte(payload, 0)
	if versionEnd < 1 || payload[0] != protocolVersion {
		return g, errGreeting
	}
	b := payload[versionEnd+1:]
	if len(b) < fixedLength {
		return g, errGreeting
	}
	b = b[connectionID:]
	copy(g.scramble[:], b[:scrambleStart])
	b = b[scrambleStart+filler:]
	g.capabilities = uint32(binary.LittleEndian.Uint16(b))
	b = b[2+charsetStatus:]
	g.capabilities |= uint32(binary.LittleEndian.Uint16(b)) << 16
	b = b[2+lengthReserved:]
	copy(g.scramble[scrambleStart:], b[:scrambleEnd])
	plugin, _, _ := bytes.Cut(b[scrambleEnd+1:], []byte{0})
	g.plugin = string(plugin)
	return g, nil
}

// neutral returns the packet that the driver is given for g. Only the scramble, and
// what [offered] and [safePlugin] let pass, comes from the network. The driver
// does not use the version, the connection ID, the character set and the status.
func (g greeting) neutral(required uint32, allowNative bool) []byte {
	capabilities := offered(g.capabilities, required)
	b := append(make([]byte, 0, 128), "\x0ards\x00\x00\x00\x00\x00"...) // protocol 10, version, connection ID
	b = append(b, g.scramble[:8]...)
	b = append(b, 0)
	b = binary.LittleEndian.AppendUint16(b, uint16(capabilities&0xffff))
	b = append(b, 0, 0, 0) // character set, status
	b = binary.LittleEndian.AppendUint16(b, uint16(capabilities>>16))
	b = append(b, byte(len(g.scramble)+1))
	b = append(b, make([]byte, 10)...)
	b = append(b, g.scramble[8:]...)
	b = append(b, 0)
	b = append(b, safePlugin(g.plugin, allowNative)...)
	return firstPacket(append(b, 0))
}
