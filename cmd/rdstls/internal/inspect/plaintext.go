package inspect

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
)

// probeUser is the user of the plaintext probe, which no database should have.
const probeUser = "rdstls_probe"

// askPlaintext reports whether a server accepts clients without TLS, on a second
// connection. A MySQL server answers alike either way before the password.
func askPlaintext(ctx context.Context, o observation) string {
	// A MySQL server would count the second connection too.
	if o.protocol != Postgres || o.address == "" || errors.Is(o.err, errLateGreeting) || errors.Is(o.err, errDirectTLS) {
		return plaintextUnknown
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "tcp", o.address)
	if err != nil {
		return plaintextUnknown
	}
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() }) //nolint:errcheck // nothing is left to do
	defer stop()
	if _, err := conn.Write(startupMessage()); err != nil {
		return plaintextUnknown
	}
	kind, body, err := readMessage(conn)
	if err != nil {
		return plaintextUnknown
	}
	return judgePlaintext(kind, body)
}

// startupMessage is PostgreSQL's StartupMessage of version 3.0 with a user only.
func startupMessage() []byte {
	body := append([]byte{0, 3, 0, 0}, "user\x00"+probeUser+"\x00\x00"...)
	return append(binary.BigEndian.AppendUint32(nil, uint32(4+len(body))), body...) //nolint:gosec // it is short
}

// readMessage reads a message of PostgreSQL's protocol.
func readMessage(r io.Reader) (kind byte, body []byte, err error) {
	var header [5]byte
	if _, err := io.ReadFull(r, header[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(header[1:])
	if size < 4 || size > maxGreeting {
		return 0, nil, io.ErrUnexpectedEOF
	}
	body = make([]byte, size-4)
	_, err = io.ReadFull(r, body)
	return header[0], body, err
}

// judgePlaintext tells from the server's first message what it thinks of a client
// without TLS. An error counts by its code and routine (fields C and R): its text
// is translated.
func judgePlaintext(kind byte, body []byte) string {
	if kind == 'R' {
		return plaintextAccepted
	}
	if kind != 'E' {
		return plaintextUnknown
	}
	fields := map[byte]string{}
	for field := range bytes.SplitSeq(body, []byte{0}) {
		if len(field) > 0 {
			fields[field[0]] = string(field[1:])
		}
	}
	message := fields['M']
	if fields['C'] == "28000" && fields['R'] == "ClientAuthentication" ||
		strings.HasSuffix(message, "no encryption") || strings.HasSuffix(message, "SSL off") ||
		strings.Contains(message, "RDS Proxy requires TLS") {
		return plaintextRefused
	}
	return plaintextUnknown
}
