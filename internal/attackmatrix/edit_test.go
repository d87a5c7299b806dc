package attackmatrix

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
)

// The rows of an attacker who edits the greeting of the true MySQL server.
const (
	editDatabase = "edits the true greeting: CONNECT_WITH_DB cleared"
	editEOF      = "edits the true greeting: DEPRECATE_EOF set"
	editMetadata = "edits the true greeting: MariaDB's CACHE_METADATA set"
	editLength   = "edits the true greeting: sha256_password, lengths of one byte"
)

// longPassword is as long as a token. A server that reads lengths of one byte takes
// its end for the name of the database.
var longPassword = password + strings.Repeat("-", 250) + password

func passwordFor(s scene) string {
	if s.edited {
		return longPassword
	}
	return password
}

type edit = func(packet []byte) []byte

func editAttack(name string, edits ...edit) attack {
	return attack{name: name, stage: func(t *testing.T) scene {
		return scene{edited: true, genuine: true, evil: []*fakedb.Server{listenMySQL(t, fakedb.MySQLOptions{
			TLS: serving(authority().Instance(host)), Plugin: fakedb.CachingSHA2Password, Login: knownDatabase,
			Behavior: fakedb.Behavior{Greeting: func(packet []byte) []byte {
				for _, e := range edits {
					packet = e(packet)
				}
				return packet
			}},
		})}}
	}}
}

// knownDatabase repeats the name of a database that it does not know, as servers do.
func knownDatabase(l fakedb.Login) *fakedb.LoginError {
	if l.Database != "" && l.Database != database {
		return &fakedb.LoginError{Number: 1049, SQLState: "42000", Message: fmt.Sprintf("Unknown database '%s'", l.Database)}
	}
	return nil
}

// capability returns the byte of a greeting that holds bit n of 64, and the bit.
func capability(packet []byte, n int) (*byte, byte) {
	lower := 4 + bytes.IndexByte(packet[4:], 0) + 1 + 4 + 8 + 1
	start := [...]int{lower, lower + 5, lower + 14, lower + 16}[n/16]
	return &packet[start+n%16/8], 1 << (n % 8)
}

func set(n int) edit {
	return func(packet []byte) []byte {
		b, bit := capability(packet, n)
		*b |= bit
		return packet
	}
}

func unset(n int) edit {
	return func(packet []byte) []byte {
		b, bit := capability(packet, n)
		*b &^= bit
		return packet
	}
}

func plugin(name fakedb.MySQLPlugin) edit {
	return func(packet []byte) []byte {
		lower := 4 + bytes.IndexByte(packet[4:], 0) + 1 + 4 + 8 + 1
		packet = append(packet[:lower+31:lower+31], string(name)+"\x00"...)
		packet[0] = byte(len(packet) - 4)
		return packet
	}
}

// ask connects, and asks the true server of a scene with an edited greeting for
// what it always answers.
func ask(ctx context.Context, db *sql.DB, s scene) error {
	if !s.edited {
		return db.PingContext(ctx)
	}
	var one int
	err := db.QueryRowContext(ctx, "SELECT 1").Scan(&one)
	var said *mysql.MySQLError
	if errors.As(err, &said) && strings.Contains(said.Message, password) {
		return fmt.Errorf("%w: %d holds the password", errMisled, said.Number)
	}
	if errors.Is(err, sql.ErrNoRows) || err == nil && one != 1 {
		return fmt.Errorf("%w: SELECT 1 returned %d, %w", errMisled, one, err)
	}
	for _, c := range s.evil[0].Conns() {
		if err == nil && c.Login().Database != database {
			return fmt.Errorf("%w: the database was dropped", errMisled)
		}
	}
	return err
}
