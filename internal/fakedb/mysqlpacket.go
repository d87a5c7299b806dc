package fakedb

import (
	"encoding/binary"
	"errors"
	"io"
)

// Capability flags of MySQL's connection phase. See "Capabilities Flags" in the MySQL
// Source Code Documentation. The server offers no compression and no CLIENT_DEPRECATE_EOF,
// which keeps result sets in their oldest form.
const (
	clientLongPassword     = 1 << 0
	clientFoundRows        = 1 << 1
	clientLongFlag         = 1 << 2
	clientConnectWithDB    = 1 << 3
	clientProtocol41       = 1 << 9
	clientSSL              = 1 << 11
	clientTransactions     = 1 << 13
	clientSecureConnection = 1 << 15
	clientMultiStatements  = 1 << 16
	clientMultiResults     = 1 << 17
	clientPluginAuth       = 1 << 19
	clientConnectAttrs     = 1 << 20
	clientPluginAuthLenenc = 1 << 21

	serverCapabilities = clientLongPassword | clientFoundRows | clientLongFlag | clientConnectWithDB |
		clientProtocol41 | clientTransactions | clientSecureConnection | clientMultiStatements |
		clientMultiResults | clientPluginAuth | clientConnectAttrs | clientPluginAuthLenenc
)

// The first byte of packets that are not data.
const (
	packetOK       = 0x00
	packetMoreData = 0x01 // AuthMoreData
	packetEOF      = 0xfe // also AuthSwitchRequest
	packetErr      = 0xff
)

const (
	statusAutocommit = 0x0002
	charsetUTF8MB4   = 45 // utf8mb4_general_ci
)

// packetConn numbers, sends and receives MySQL packets.
type packetConn struct {
	*session
	seq byte
}

// maxPacket is more than any packet of a login or a short query.
const maxPacket = 1 << 20

func (p *packetConn) read() ([]byte, error) {
	var header [4]byte
	if _, err := io.ReadFull(p, header[:]); err != nil {
		return nil, err
	}
	n := int(header[0]) | int(header[1])<<8 | int(header[2])<<16
	if n > maxPacket {
		return nil, errors.New("fakedb: packet: too long")
	}
	p.seq = header[3] + 1
	payload := make([]byte, n)
	_, err := io.ReadFull(p, payload)
	return payload, err
}

func (p *packetConn) write(payload []byte) error {
	_, err := p.Write(packet(p.seq, payload))
	p.seq++
	return err
}

// packet puts the header before a payload.
func packet(seq byte, payload []byte) []byte {
	n := len(payload)
	return append([]byte{byte(n), byte(n >> 8), byte(n >> 16), seq}, payload...)
}

// okPacket says that no rows were affected and that no id was inserted.
func okPacket() []byte {
	b := binary.LittleEndian.AppendUint16([]byte{packetOK, 0, 0}, statusAutocommit)
	return append(b, 0, 0) // warnings
}

func eofPacket() []byte {
	return binary.LittleEndian.AppendUint16([]byte{packetEOF, 0, 0}, statusAutocommit) // no warnings
}

func errPacket(err *LoginError) []byte {
	b := binary.LittleEndian.AppendUint16([]byte{packetErr}, err.Number)
	return append(b, "#"+err.SQLState+err.Message...)
}

// appendString appends a length-encoded string of at most 250 bytes.
func appendString(b []byte, s string) []byte {
	return append(append(b, byte(len(s))), s...)
}

// parser takes a packet apart. After a mistake it returns zeros, and failed is set.
type parser struct {
	rest   []byte
	failed bool
}

// bytes returns the next n bytes.
func (p *parser) bytes(n uint64) []byte {
	if n > uint64(len(p.rest)) {
		p.failed, p.rest = true, nil
		return nil
	}
	b := p.rest[:n]
	p.rest = p.rest[n:]
	return b
}

func (p *parser) uint32() uint32 {
	b := p.bytes(4)
	if b == nil {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}

// terminated returns the bytes before the next NUL.
func (p *parser) terminated() string {
	for i, b := range p.rest {
		if b == 0 {
			s := p.rest[:i]
			p.rest = p.rest[i+1:]
			return string(s)
		}
	}
	p.failed, p.rest = true, nil
	return ""
}

// lengthEncoded returns a string whose length comes before it.
func (p *parser) lengthEncoded() []byte {
	size := p.bytes(1)
	if size == nil {
		return nil
	}
	n := uint64(size[0])
	switch n {
	case 0xfc, 0xfd, 0xfe:
		width := map[uint64]uint64{0xfc: 2, 0xfd: 3, 0xfe: 8}[n]
		var wide [8]byte
		copy(wide[:], p.bytes(width))
		n = binary.LittleEndian.Uint64(wide[:])
	}
	return p.bytes(n)
}
