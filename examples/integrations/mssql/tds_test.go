package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"unicode/utf16"
)

// As much of TDS 7.4 ([MS-TDS]) as a client needs to log in and ping.

// Types of packets.
const (
	typeBatch    = 1
	typeReply    = 4
	typeLogin    = 16
	typePrelogin = 18
)

// Answers to a client that asks for encryption.
const (
	encryptOn           = 1
	encryptNotSupported = 2
)

// readMessage reads packets up to the end of a message.
func readMessage(r io.Reader) (kind byte, payload []byte, err error) {
	for {
		var header [8]byte
		if _, err := io.ReadFull(r, header[:]); err != nil {
			return 0, nil, err
		}
		size := int(binary.BigEndian.Uint16(header[2:])) - len(header)
		if size < 0 {
			return 0, nil, io.ErrUnexpectedEOF
		}
		part := make([]byte, size)
		if _, err := io.ReadFull(r, part); err != nil {
			return 0, nil, err
		}
		payload = append(payload, part...)
		if header[1]&1 != 0 { // end of message
			return header[0], payload, nil
		}
	}
}

func writeMessage(w io.Writer, kind byte, payload []byte) error {
	packet := []byte{kind, 1, 0, 0, 0, 0, 1, 0}
	binary.BigEndian.PutUint16(packet[2:], uint16(len(packet)+len(payload)))
	_, err := w.Write(append(packet, payload...))
	return err
}

// prelogin answers a PRELOGIN message with the version and encryption, and
// returns the connection on which TLS is spoken.
func prelogin(encryption byte) func(net.Conn) (net.Conn, error) {
	return func(conn net.Conn) (net.Conn, error) {
		if _, _, err := readMessage(conn); err != nil {
			return nil, err
		}
		answer := []byte{
			0, 0, 11, 0, 6, // VERSION at 11, of 6 bytes
			1, 0, 17, 0, 1, // ENCRYPTION at 17, of 1 byte
			0xFF,
			16, 0, 0, 0, 0, 0,
			encryption,
		}
		return &handshakeConn{Conn: conn}, writeMessage(conn, typeReply, answer)
	}
}

// A handshakeConn carries a TLS handshake in packets. After it, records go without:
// it is over when a record comes like that.
type handshakeConn struct {
	net.Conn
	over bool
	rest bytes.Reader
}

func (c *handshakeConn) Read(b []byte) (int, error) {
	if c.rest.Len() > 0 {
		return c.rest.Read(b)
	}
	if c.over {
		return c.Conn.Read(b)
	}
	var first [1]byte
	if _, err := io.ReadFull(c.Conn, first[:]); err != nil {
		return 0, err
	}
	if first[0] != typePrelogin {
		c.over = true
		c.rest.Reset(first[:])
		return c.rest.Read(b)
	}
	_, payload, err := readMessage(io.MultiReader(bytes.NewReader(first[:]), c.Conn))
	if err != nil {
		return 0, err
	}
	c.rest.Reset(payload)
	return c.rest.Read(b)
}

func (c *handshakeConn) Write(b []byte) (int, error) {
	if c.over {
		return c.Conn.Write(b)
	}
	return len(b), writeMessage(c.Conn, typePrelogin, b)
}

// serve lets everybody in, and has an empty result for every batch.
func serve(conn io.ReadWriter) error {
	done := append([]byte{0xFD}, make([]byte, 12)...)
	loginAck := []byte{0xAD, 10, 0, 1, 0x74, 0, 0, 4, 0, 16, 0, 0, 0}
	for {
		kind, _, err := readMessage(conn)
		if err != nil {
			return err
		}
		answer := done
		if kind == typeLogin {
			answer = append(loginAck, done...)
		}
		if kind == typeLogin || kind == typeBatch {
			if err := writeMessage(conn, typeReply, answer); err != nil {
				return err
			}
		}
	}
}

// utf16le is how TDS writes text, such as the user's name in a login.
func utf16le(s string) []byte {
	var b []byte
	for _, unit := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, unit)
	}
	return b
}
