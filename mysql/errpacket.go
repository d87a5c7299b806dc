package rdsmysql

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// errPacketMarker is how an ERR_Packet begins. A server that has no room for
// another client sends one in place of the greeting.
const errPacketMarker = 0xff

// maxErrText is more than any server says in place of a greeting.
const maxErrText = 256

// neutralErrPacket returns the packet that the driver is given for an ERR_Packet.
// The text ends up in logs, and anybody on the network path can write it: it is
// one line of printable characters, and not long.
func neutralErrPacket(payload []byte) ([]byte, error) {
	const numberLength, stateLength = 2, 5
	if len(payload) < 1+numberLength {
		return nil, errGreeting
	}
	number, rest := payload[1:1+numberLength], payload[1+numberLength:]
	switch binary.LittleEndian.Uint16(number) {
	case 1290, 1792, 1836:
		return nil, errReadOnly
	}
	b := append([]byte{errPacketMarker}, number...)
	// Before the login, servers leave the SQLSTATE out.
	if state, ok := bytes.CutPrefix(rest, []byte{'#'}); ok {
		if len(state) < stateLength || !isSQLState(state[:stateLength]) {
			return nil, errGreeting
		}
		b = append(append(b, '#'), state[:stateLength]...)
		rest = state[stateLength:]
	} else if len(rest) == 0 {
		rest = []byte("no text") // the driver reads a byte beyond the number
	}
	return firstPacket(append(b, printable(rest)...)), nil
}

func isSQLState(b []byte) bool {
	return len(bytes.Trim(b, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")) == 0
}

// printable returns the beginning of text, with question marks for all but ASCII.
func printable(text []byte) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, string(text[:min(len(text), maxErrText)]))
}
