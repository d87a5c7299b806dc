package fakedb

import (
	"encoding/binary"
	"strings"
)

// Commands of MySQL's command phase.
const (
	comQuit            = 0x01
	comInitDB          = 0x02
	comQuery           = 0x03
	comPing            = 0x0e
	comResetConnection = 0x1f
)

// serveCommands answers queries until the client leaves. As with PostgreSQL, every
// statement that begins with "select" returns one row with the number one, except for the
// variable that go-sql-driver asks for; every other succeeds without a result.
func serveCommands(conn *packetConn) {
	for {
		command, err := conn.read()
		if err != nil || len(command) == 0 {
			return
		}
		switch command[0] {
		case comQuit:
			return
		case comPing, comInitDB, comResetConnection:
			err = conn.write(okPacket())
		case comQuery:
			err = answerQuery(conn, string(command[1:]))
		default:
			err = conn.write(errPacket(&LoginError{1047, "08S01", "fakedb: command not supported"}))
		}
		if err != nil {
			return
		}
	}
}

func answerQuery(conn *packetConn, sql string) error {
	if !isSelect(sql) {
		return conn.write(okPacket())
	}
	value := "1"
	if strings.Contains(strings.ToLower(sql), "@@max_allowed_packet") {
		value = "67108864"
	}
	for _, payload := range [][]byte{
		{1}, // number of columns
		columnDefinition("1"),
		eofPacket(),
		appendString(nil, value),
		eofPacket(),
	} {
		if err := conn.write(payload); err != nil {
			return err
		}
	}
	return nil
}

// columnDefinition is the packet Protocol::ColumnDefinition41 of a number.
func columnDefinition(name string) []byte {
	var b []byte
	for _, s := range []string{"def", "", "", "", name, ""} { // catalog, schema, table twice, name twice
		b = appendString(b, s)
	}
	const binaryCharset, longLong, length = 63, 8, 20
	b = append(b, 12) // bytes to come
	b = binary.LittleEndian.AppendUint16(b, binaryCharset)
	b = binary.LittleEndian.AppendUint32(b, length)
	b = append(b, longLong)
	return append(b, make([]byte, 5)...) // flags, decimals, filler
}
