package dbservers

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
)

// The little of the MySQL protocol that reloading a certificate needs: a login
// without a password, and a statement without a result
// (https://dev.mysql.com/doc/dev/mysql-server/latest/PAGE_PROTOCOL.html).

// Capabilities of a client.
const (
	clientProtocol41 = 0x00000200
	clientSSL        = 0x00000800
	clientSecureAuth = 0x00008000
	clientPluginAuth = 0x00080000
)

// First bytes of packets.
const (
	packetOK         = 0x00
	packetQuery      = 0x03
	packetGreeting   = 0x0a // the version of the protocol
	packetAuthSwitch = 0xfe
	packetError      = 0xff
)

// readPacket returns a packet and its sequence number.
func readPacket(conn net.Conn) ([]byte, byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(conn, header[:]); err != nil {
		return nil, 0, err
	}
	size := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
	if size == 0 {
		return nil, 0, errors.New("empty packet")
	}
	packet := make([]byte, size)
	if _, err := io.ReadFull(conn, packet); err != nil {
		return nil, 0, err
	}
	if packet[0] == packetError && size > 3 {
		return nil, 0, fmt.Errorf("server says %q", packet[3:]) // after a number
	}
	return packet, header[3], nil
}

func writePacket(conn net.Conn, sequence byte, packet []byte) error {
	size := len(packet)
	header := []byte{byte(size), byte(size >> 8), byte(size >> 16), sequence}
	_, err := conn.Write(append(header, packet...))
	return err
}

// readGreeting reads what the server sends first, and returns its sequence number.
func readGreeting(conn net.Conn) (byte, error) {
	packet, sequence, err := readPacket(conn)
	if err != nil {
		return 0, err
	}
	if packet[0] != packetGreeting {
		return 0, fmt.Errorf("greeting begins with %#x", packet[0])
	}
	return sequence, nil
}

// loginRequest returns the part of a login that alone asks for TLS.
func loginRequest(capabilities uint32) []byte {
	const maxPacket, utf8mb4 = 1 << 24, 45
	capabilities |= clientProtocol41 | clientSecureAuth | clientPluginAuth
	packet := binary.LittleEndian.AppendUint32(nil, capabilities)
	packet = binary.LittleEndian.AppendUint32(packet, maxPacket)
	packet = append(packet, utf8mb4)
	return append(packet, make([]byte, 23)...)
}

// login logs in as a user without a password: an empty answer is right for
// every way of proving one.
func login(conn net.Conn, user string) error {
	sequence, err := readGreeting(conn)
	if err != nil {
		return err
	}
	packet := append(loginRequest(0), user...)
	packet = append(packet, 0, 0) // end of the name, length of the empty proof
	packet = append(packet, "mysql_native_password\x00"...)
	if err := writePacket(conn, sequence+1, packet); err != nil {
		return err
	}
	for {
		answer, sequence, err := readPacket(conn)
		if err != nil {
			return err
		}
		switch answer[0] {
		case packetOK:
			return nil
		case packetAuthSwitch:
			err = writePacket(conn, sequence+1, nil)
		default:
			err = fmt.Errorf("answered a login with %#x", answer[0])
		}
		if err != nil {
			return err
		}
	}
}

// query runs a statement that returns no rows.
func query(conn net.Conn, statement string) error {
	packet := append([]byte{packetQuery}, statement...)
	if err := writePacket(conn, 0, packet); err != nil {
		return err
	}
	answer, _, err := readPacket(conn)
	if err == nil && answer[0] != packetOK {
		err = fmt.Errorf("answered a statement with %#x", answer[0])
	}
	return err
}
