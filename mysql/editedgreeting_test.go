package rdsmysql_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/dbservers"
)

// greetingParts are offsets in a greeting with its header: both capability fields,
// MariaDB's extended capabilities, and the name of the plugin.
type greetingParts struct{ lower, upper, extended, plugin int }

func partsOf(packet []byte) greetingParts {
	lower := 4 + bytes.IndexByte(packet[4:], 0) + 1 + 4 + 8 + 1
	return greetingParts{lower, lower + 2 + 3, lower + 2 + 3 + 2 + 7, lower + 2 + 3 + 2 + 11 + 13}
}

// flip inverts capability bit n of 64, as an attacker on the network path can.
func flip(n int) func([]byte) []byte {
	return func(packet []byte) []byte {
		at := partsOf(packet)
		start := at.lower
		switch {
		case n >= 32:
			start, n = at.extended, n-32
		case n >= 16:
			start, n = at.upper, n-16
		}
		packet[start+n/8] ^= 1 << (n % 8)
		return packet
	}
}

// setPlugin changes the plugin in a greeting.
func setPlugin(name string) func([]byte) []byte {
	return func(packet []byte) []byte {
		packet = append(packet[:partsOf(packet).plugin:partsOf(packet).plugin], name+"\x00"...)
		n := len(packet) - 4
		packet[0], packet[1], packet[2] = byte(n), byte(n>>8), byte(n>>16)
		return packet
	}
}

func both(edits ...func([]byte) []byte) func([]byte) []byte {
	return func(packet []byte) []byte {
		for _, edit := range edits {
			packet = edit(packet)
		}
		return packet
	}
}

// throughEditor returns a dial function that edits the first packet of the server
// at addr, and relays the rest.
func throughEditor(addr string, edit func([]byte) []byte) dialFunc {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
		if err != nil {
			return nil, err
		}
		header := make([]byte, 4)
		if _, err := io.ReadFull(conn, header); err != nil {
			return nil, err
		}
		packet := append(header, make([]byte, int(header[0])|int(header[1])<<8)...)
		if _, err := io.ReadFull(conn, packet[4:]); err != nil {
			return nil, err
		}
		return &editedConn{conn, bytes.NewReader(edit(packet))}, nil
	}
}

type editedConn struct {
	net.Conn
	first *bytes.Reader
}

func (c *editedConn) Read(p []byte) (int, error) {
	if c.first.Len() > 0 {
		return c.first.Read(p)
	}
	return c.Conn.Read(p)
}

// answers makes a connection, and returns what its queries say.
func answers(ctx context.Context, c driver.Connector) (string, error) {
	db := sql.OpenDB(c)
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	var said strings.Builder
	for _, query := range []string{
		"CREATE TEMPORARY TABLE edited (n INT, s LONGTEXT)",
		"INSERT INTO edited VALUES (1, 'a'), (2, REPEAT('x', 100000)), (3, NULL)",
		"UPDATE edited SET n = n",
	} {
		result, err := conn.ExecContext(ctx, query)
		if err != nil {
			return "", err
		}
		n, err := result.RowsAffected()
		fmt.Fprintln(&said, n, err)
	}
	statement, err := conn.PrepareContext(ctx, "SELECT n, s, ? FROM edited ORDER BY n")
	if err != nil {
		return "", err
	}
	defer statement.Close()
	for range 2 { // MariaDB sends the metadata of the first only, if the driver caches it
		rows, err := statement.QueryContext(ctx, "argument")
		if err := write(&said, rows, err); err != nil {
			return "", err
		}
	}
	for _, query := range []string{"SELECT n, s, 1.5 FROM edited ORDER BY n; SELECT 4; SELECT 5 WHERE FALSE", "CALL two_results()", "SELECT DATABASE()"} {
		rows, err := conn.QueryContext(ctx, query)
		if err := write(&said, rows, err); err != nil {
			return "", err
		}
	}
	return said.String(), nil
}

// write writes down all rows of all results.
func write(w io.Writer, rows *sql.Rows, err error) error {
	if err != nil {
		return err
	}
	defer rows.Close()
	for {
		types, err := rows.ColumnTypes()
		if err != nil {
			return err
		}
		for _, column := range types {
			fmt.Fprint(w, column.Name(), " ", column.DatabaseTypeName(), ", ")
		}
		for rows.Next() {
			row := make([]any, len(types))
			for i := range row {
				row[i] = new(sql.NullString)
			}
			if err := rows.Scan(row...); err != nil {
				return err
			}
			for _, value := range row {
				fmt.Fprintf(w, "%+v ", *value.(*sql.NullString))
			}
			fmt.Fprintln(w)
		}
		if !rows.NextResultSet() {
			return rows.Err()
		}
	}
}

// forEachEdit calls test for each edit, for some at once, and waits.
func forEachEdit[T any](edits map[string]T, test func(name string, edit T)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, 8)
	for name, edit := range edits {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			test(name, edit)
		})
	}
	wg.Wait()
}

// An edit is what an attacker does to a greeting.
type edit struct {
	change  func([]byte) []byte
	refused bool // the connection must be refused
	either  bool // it may be refused: that depends on the plugin
	short   bool // the edit changes how the length of a long password is sent
}

// edits are the edits of the tests, by name.
func edits() map[string]edit {
	all := map[string]edit{
		"scramble":  {change: func(p []byte) []byte { p[partsOf(p).lower-3] ^= 1; return p }, either: true},
		"version":   {change: func(p []byte) []byte { p[5] ^= 1; return p }},
		"charset":   {change: func(p []byte) []byte { p[partsOf(p).lower+2] = 28; return p }}, // gbk
		"no-upper":  {change: func(p []byte) []byte { copy(p[partsOf(p).upper:], []byte{0, 0}); return p }},
		"all-upper": {change: func(p []byte) []byte { copy(p[partsOf(p).upper:], []byte{255, 255}); return p }},
		"MariaDB":   {change: both(flip(0), func(p []byte) []byte { copy(p[partsOf(p).extended:], "\xff\xff\xff\xff"); return p })},
		"counter":   {change: func(p []byte) []byte { p[3] = 7; return p }},
	}
	for n := range 64 {
		const clientSSL = 11
		all[fmt.Sprintf("bit-%d", n)] = edit{change: flip(n), refused: n == clientSSL}
		all[fmt.Sprintf("bits-0-and-%d", n)] = edit{change: both(flip(0), flip(n)), refused: n == clientSSL, short: true}
	}
	for _, plugin := range []string{
		"", "mysql_native_password", "caching_sha2_password", "sha256_password", "mysql_clear_password", "mysql_old_password",
		"client_ed25519", "AWSAuthenticationPlugin", "unheard-of",
	} {
		all["plugin-"+plugin] = edit{change: setPlugin(plugin)}
		// A server then reads the length of the password as one byte.
		all["plugin-and-length-"+plugin] = edit{change: both(setPlugin(plugin), flip(21))}
	}
	return all
}

// longUser has a password as long as a token, of which a server that reads the
// length as one byte takes the rest for the name of the database.
const longUser = "token"

var longPassword = strings.Repeat("Secret/", 36) // MySQL stores at most 256 bytes

// TestRealEditedGreetings checks, on real servers, that whatever an attacker does to
// the greeting, the connection is refused, or behaves as with the original.
func TestRealEditedGreetings(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		asLongUser(t, s)
		for name, login := range map[string]struct {
			user, password string
			long           bool
		}{
			"password": {dbservers.User, dbservers.Password, false},
			"token":    {longUser, longPassword, true},
		} {
			config := func() *mysql.Config {
				cfg := realConfig(t, s, orders)
				cfg.User, cfg.Passwd = login.user, login.password
				cfg.MultiStatements, cfg.ClientFoundRows, cfg.AllowCleartextPasswords = true, true, true
				cfg.MaxAllowedPacket = 0 // so that Connect makes a query
				return cfg
			}
			stock := config()
			stock.TLS = &tls.Config{RootCAs: ca.Pool(), ServerName: orders}
			want, err := answers(t.Context(), stockConnector(t, stock))
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(want, dbservers.Database) || !strings.Contains(want, strings.Repeat("x", 100000)) {
				t.Fatalf("the answers are %.300q", want)
			}
			forEachEdit(edits(), func(what string, edit edit) {
				if login.long && edit.short {
					return
				}
				cfg := config()
				cfg.DialFunc = throughEditor(s.Addr, edit.change)
				got, err := answers(t.Context(), newConnector(t, cfg, trust()))
				if err != nil && strings.Contains(err.Error(), "Secret/") {
					t.Errorf("%s, %s: the error holds the password: %v", name, what, err)
				}
				if (err != nil) != edit.refused && !edit.either {
					t.Errorf("%s, %s: error %v, want it refused: %t", name, what, err, edit.refused)
				}
				if err == nil && got != want {
					t.Errorf("%s, %s: the answers are %.300q, want %.300q", name, what, got, want)
				}
			})
		}
	})
}

func asLongUser(t *testing.T, s *dbservers.Server) {
	t.Helper()
	db := open(t, realConfig(t, s, orders), trust())
	for _, statement := range []string{
		fmt.Sprintf("CREATE USER IF NOT EXISTS '%s'@'%%' IDENTIFIED BY '%s'", longUser, longPassword),
		fmt.Sprintf("GRANT ALL ON *.* TO '%s'@'%%'", longUser),
		"CREATE PROCEDURE IF NOT EXISTS two_results() BEGIN SELECT 6; SELECT 7; END",
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}
