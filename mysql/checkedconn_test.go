package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"database/sql/driver"
	"errors"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/dbservers"
)

// TestRealEditedTLSRequestAnswers checks, on real servers, that an attacker who edits
// the TLS request makes no statement return a wrong answer, or crash the program.
func TestRealEditedTLSRequestAnswers(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		setup := open(t, realConfig(t, s, orders), trust())
		for _, statement := range []string{
			"CREATE DATABASE archive", "CREATE TABLE archive.users (name MEDIUMTEXT)", "CREATE TABLE users (name MEDIUMTEXT)",
			"INSERT INTO archive.users VALUES ('007'), ('b'), (NULL)", "INSERT INTO users VALUES ('live')",
		} {
			if _, err := setup.ExecContext(t.Context(), statement); err != nil {
				t.Fatal(err)
			}
		}
		want, err := archive(t.Context(), setup)
		if err != nil {
			t.Fatal(err)
		}
		forEachEdit(requestEdits(), func(name string, edit func([]byte)) {
			db := openThroughRequestEditor(t, s, edit)
			defer db.Close()
			// A server that expects another form of packets waits for more than comes.
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if db.PingContext(ctx) != nil {
				return
			}
			got, err := archive(ctx, db)
			if connectionLost(err) || err != nil && strings.Contains(err.Error(), "before its first statement") {
				return
			}
			if err != nil || got != want {
				t.Errorf("%s: the answers are %s, %v, want %s", name, got, err, want)
			}
		})
	})
}

// archive returns the answers to text queries and prepared statements about a table
// that is not in the database of the connection.
func archive(ctx context.Context, db *sql.DB) (string, error) {
	var said strings.Builder
	for _, query := range []struct {
		text string
		args []any
	}{
		{"SELECT name FROM archive.users ORDER BY name", nil},
		{"SELECT COUNT(*), 42, 1.5 FROM archive.users", nil},
		{"SELECT name FROM archive.users WHERE FALSE", nil},
		{"SELECT name, ?, ? FROM archive.users ORDER BY name", []any{42, "text"}},
		{"SELECT name, ? FROM archive.users WHERE name = ?", []any{1.5, "b"}},
	} {
		rows, err := db.QueryContext(ctx, query.text, query.args...)
		if err := write(&said, rows, err); err != nil {
			return said.String(), err
		}
	}
	return said.String(), nil
}

// connectionLost reports whether err is an error without an answer.
func connectionLost(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, mysql.ErrInvalidConn)
}

func openThroughRequestEditor(t *testing.T, s *dbservers.Server, edit func([]byte)) *sql.DB {
	t.Helper()
	cfg := realConfig(t, s, orders)
	cfg.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, "tcp", s.Addr)
		return &requestEditor{conn, edit}, err
	}
	return open(t, cfg, trust())
}

// TestRealRefusedConnIsReplaced checks that a pool drops a connection that the check
// refuses, and makes a new one, and that the error says what happened.
func TestRealRefusedConnIsReplaced(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for name, flag := range map[string]struct {
			set  func(p []byte)
			kind dbservers.Kind // the server that uses it
		}{
			"CONNECT_WITH_DB":   {func(p []byte) { p[4] ^= 1 << 3 }, s.Kind},
			"NO_SCHEMA":         {func(p []byte) { p[4] ^= 1 << 4 }, s.Kind},
			"DEPRECATE_EOF":     {func(p []byte) { p[7] ^= 1 }, s.Kind},
			"QUERY_ATTRIBUTES":  {func(p []byte) { p[7] ^= 1 << 3 }, dbservers.MySQL},
			"EXTENDED_METADATA": {func(p []byte) { p[4] ^= 1; p[32] ^= 1 << 3 }, dbservers.MariaDB},
			"CACHE_METADATA":    {func(p []byte) { p[4] ^= 1; p[32] ^= 1 << 4 }, dbservers.MariaDB},
		} {
			attacked := true
			db := openThroughRequestEditor(t, s, func(p []byte) {
				if attacked {
					flag.set(p)
				}
			})
			ctx := context.WithoutCancel(t.Context()) // so that only the check closes the connection
			var number int
			err := db.QueryRowContext(ctx, "SELECT ?", 42).Scan(&number)
			refused := err != nil && strings.Contains(err.Error(), "an attacker may have edited the client's TLS request")
			if hasFlag := s.Kind == flag.kind; refused != hasFlag {
				t.Errorf("%s: the first statement returned %d, %v, want an error about the TLS request: %t", name, number, err, hasFlag)
			}
			attacked = false
			if err := db.QueryRowContext(ctx, "SELECT ?", 42).Scan(&number); err != nil || number != 42 {
				t.Errorf("%s: the second statement returned %d, %v", name, number, err)
			}
		}
	})
}

// TestRealCheckOnce checks that a connection is checked once, before its first
// statement, and with MariaDB once more before the first that is prepared.
func TestRealCheckOnce(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		conn, err := open(t, realConfig(t, s, orders), trust()).Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		count := func(variable string) (n int) {
			t.Helper()
			var name string
			if err := conn.QueryRowContext(t.Context(), "SHOW SESSION STATUS LIKE '"+variable+"'").Scan(&name, &n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for range 2 {
			if n := count("Com_select"); n != 1 {
				t.Errorf("%d queries were made, want that of the check", n)
			}
		}
		want := map[dbservers.Kind][]int{dbservers.MariaDB: {2, 3}, dbservers.MySQL: {1, 2}}[s.Kind]
		for _, n := range want {
			stmt, err := conn.PrepareContext(t.Context(), "SELECT 1")
			if err != nil {
				t.Fatal(err)
			}
			stmt.Close()
			if got := count("Com_stmt_prepare"); got != n {
				t.Errorf("%d statements were prepared, want %d", got, n)
			}
		}
	})
}

// TestRealUnsafeCharset checks that interpolateParams is refused in a session if its
// character set makes the driver's escaping unsafe, and not if the DSN names it.
// MySQL 8.0 takes the character set from the TLS request.
func TestRealUnsafeCharset(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for params, refused := range map[string]bool{
			"interpolateParams=true":                                         false,
			"interpolateParams=true&character_set_client=gbk":                true,
			"interpolateParams=true&character_set_client=gbk&charset=latin1": false,
			"character_set_client=gbk":                                       false,
		} {
			cfg := parse(t, dbservers.User+":"+dbservers.Password+"@tcp("+orders+")/?"+params)
			cfg.DialFunc = realConfig(t, s, orders).DialFunc
			var one int
			err := open(t, cfg, trust()).QueryRowContext(t.Context(), "SELECT ?", 1).Scan(&one)
			if refused != (err != nil && strings.Contains(err.Error(), "interpolateParams is unsafe")) || !refused && err != nil {
				t.Errorf("%s: the query returned %v, want it refused: %t", params, err, refused)
			}
		}
	})
}

// TestRealCheckBeginsNoTransaction checks that the first statement of a session
// without autocommit can be one that a transaction forbids.
func TestRealCheckBeginsNoTransaction(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		cfg := realConfig(t, s, orders)
		cfg.Params = map[string]string{"autocommit": "0"}
		tx, err := open(t, cfg, trust()).BeginTx(t.Context(), &sql.TxOptions{Isolation: sql.LevelSerializable})
		if err != nil {
			t.Fatal(err)
		}
		if err := tx.Rollback(); err != nil {
			t.Error(err)
		}
	})
}

// TestRealNoProgressReports checks that MariaDB reports no progress to a client that
// compresses, which would take a report for the answer to its next statement.
func TestRealNoProgressReports(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for _, params := range []string{"", "?compress=true"} {
			cfg := parse(t, dbservers.User+":"+dbservers.Password+"@tcp("+orders+")/"+params)
			cfg.DialFunc = realConfig(t, s, orders).DialFunc
			var name, seconds string
			err := open(t, cfg, trust()).QueryRowContext(t.Context(), "SHOW VARIABLES LIKE 'progress_report_time'").Scan(&name, &seconds)
			if hasReports := s.Kind == dbservers.MariaDB; hasReports != (err == nil) || !hasReports && !errors.Is(err, sql.ErrNoRows) {
				t.Errorf("%q: the variable is %q, %v", params, seconds, err)
			} else if hasReports && (seconds == "0") != (params != "") {
				t.Errorf("%q: progress is reported after %s seconds", params, seconds)
			}
		}
	})
}

// TestRealConnHasDriversMethods checks that a program reaches every method of the
// driver's connections through sql.Conn.Raw, also those that are deprecated.
func TestRealConnHasDriversMethods(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		ours := newConnector(t, realConfig(t, s, orders), trust())
		cfg := realConfig(t, s, orders)
		cfg.TLS = &tls.Config{RootCAs: ca.Pool(), ServerName: orders}
		stock := stockConnector(t, cfg)
		got, want := connType(t, ours), connType(t, stock)
		for i := range want.NumMethod() {
			method := want.Method(i).Name
			if _, ok := got.MethodByName(method); !ok {
				t.Errorf("the connection lacks %s", method)
			}
		}
	})
}

func connType(t *testing.T, c driver.Connector) reflect.Type {
	t.Helper()
	conn, err := c.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return reflect.TypeOf(conn)
}

// TestRealAllRowsAffected checks that several statements in one call still return
// the driver's mysql.Result, as its documentation shows.
func TestRealAllRowsAffected(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		cfg := realConfig(t, s, orders)
		cfg.MultiStatements = true
		conn, err := open(t, cfg, trust()).Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if err := conn.Raw(func(raw any) error {
			result, err := raw.(deprecated).Exec("CREATE TEMPORARY TABLE affected (n INT); INSERT INTO affected VALUES (1), (2)", nil)
			if err != nil {
				return err
			}
			if got := result.(mysql.Result).AllRowsAffected(); !reflect.DeepEqual(got, []int64{0, 2}) {
				t.Errorf("AllRowsAffected() = %v, want [0 2]", got)
			}
			rows, err := raw.(deprecated).Query("SELECT 1", nil)
			if err != nil {
				return err
			}
			return rows.Close()
		}); err != nil {
			t.Error(err)
		}
	})
}
