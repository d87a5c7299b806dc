package rdsmysql_test

import (
	"bytes"
	"database/sql/driver"
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// without clears a capability in a greeting, as somebody on the path can: it is
// sent before TLS.
func without(capability uint16) func([]byte) []byte {
	return func(packet []byte) []byte {
		version := bytes.IndexByte(packet[4:], 0)
		offered := packet[4+version+1+13:]
		binary.LittleEndian.PutUint16(offered, binary.LittleEndian.Uint16(offered)&^capability)
		return packet
	}
}

func errorGreeting(number uint16) func([]byte) []byte {
	return func([]byte) []byte {
		said := append([]byte{0xff, byte(number), byte(number >> 8)}, "#HY000read only"...)
		return append([]byte{byte(len(said)), 0, 0, 0}, said...)
	}
}

// What a changed greeting could make of a verified connection: another database
// than the one in the DSN, other numbers of affected rows, or a word in plaintext.
func TestChangedGreetings(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		greeting func([]byte) []byte
		params   string
		want     string // in the error; empty if the connection stands
	}{
		"unchanged":                  {nil, "clientFoundRows=true&rejectReadOnly=true", ""},
		"no database":                {without(1 << 3), "", "DBName"},
		"no found rows":              {without(1 << 1), "clientFoundRows=true", "ClientFoundRows"},
		"no found rows, none needed": {without(1 << 1), "", ""},
		"1290":                       {errorGreeting(1290), "rejectReadOnly=true", "read-only"},
		"1792":                       {errorGreeting(1792), "rejectReadOnly=true", "read-only"},
		"1836":                       {errorGreeting(1836), "rejectReadOnly=true", "read-only"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, fakedb.MySQLOptions{
				TLS: serving(authority().Instance(host)), Plugin: fakedb.CachingSHA2Password, Behaviour: fakedb.Behaviour{Greeting: tt.greeting},
			})
			db, err := rdsmysql.OpenDB("app:secret@tcp("+s.Addr()+")/shop?"+tt.params, &rdstls.Options{ServerName: host, Roots: authority().Pool()})
			if err != nil {
				t.Fatal(err)
			}
			err = db.PingContext(t.Context())
			db.Close()
			if tt.want == "" {
				if err != nil {
					t.Errorf("Ping = %v, want nil", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), tt.want) || errors.Is(err, driver.ErrBadConn) {
				t.Errorf("Ping = %v, want an error about %s, and no second try", err, tt.want)
			}
			conns, err := s.Wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range conns {
				if len(c.Raw()) != 0 {
					t.Errorf("the attacker received %q, want nothing", c.Raw())
				}
			}
			if len(conns) != 1 {
				t.Errorf("%d connections, want 1", len(conns))
			}
		})
	}
}
