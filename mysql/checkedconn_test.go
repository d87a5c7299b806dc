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
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/dbservers"
)

// TestRealEditedTLSRequestPrepared checks, on real servers, that an attacker who
// edits the TLS request makes no prepared statement return a wrong value, or crash
// the program.
func TestRealEditedTLSRequestPrepared(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		var wg sync.WaitGroup
		slots := make(chan struct{}, 8)
		for name, edit := range requestEdits() {
			wg.Go(func() {
				slots <- struct{}{}
				defer func() { <-slots }()
				db := openThroughRequestEditor(t, s, edit)
				defer db.Close()
				// A server that expects another form of packets waits for more than comes.
				ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
				defer cancel()
				conn, err := db.Conn(ctx)
				if err != nil {
					return
				}
				defer conn.Close()
				var number int
				var text string
				err = conn.QueryRowContext(ctx, "SELECT 42, ?", "text").Scan(&number, &text)
				if connectionLost(err) || err != nil && strings.Contains(err.Error(), "before its first prepared statement") {
					return
				}
				if err != nil || number != 42 || text != "text" {
					t.Errorf("%s: the statement returned %d, %q, %v", name, number, text, err)
				}
			})
		}
		wg.Wait()
	})
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

// TestRealCheckOnce checks that a connection is checked once, and only if the
// program prepares a statement.
func TestRealCheckOnce(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		db := open(t, realConfig(t, s, orders), trust())
		conn, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		queryText := func() error { return conn.QueryRowContext(t.Context(), "SELECT 1").Scan(new(int)) }
		prepare := func() error {
			stmt, err := conn.PrepareContext(t.Context(), "SELECT 1")
			if err != nil {
				return err
			}
			return stmt.Close()
		}
		var prepared []int // statements in this session so far
		for _, use := range []func() error{queryText, prepare, prepare} {
			if err := use(); err != nil {
				t.Fatal(err)
			}
			var name string
			var n int
			if err := conn.QueryRowContext(t.Context(), "SHOW SESSION STATUS LIKE 'Com_stmt_prepare'").Scan(&name, &n); err != nil {
				t.Fatal(err)
			}
			prepared = append(prepared, n)
		}
		if prepared[0] != 0 || prepared[1] < 2 || prepared[2] != prepared[1]+1 {
			t.Errorf("%d statements were prepared, want 0, then the check's too, then only the program's", prepared)
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
// the driver's mysql.Result.
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
			result, err := raw.(driver.Execer).Exec("CREATE TEMPORARY TABLE affected (n INT); INSERT INTO affected VALUES (1), (2)", nil) //nolint:staticcheck // the driver's documentation shows it
			if err != nil {
				return err
			}
			if got := result.(mysql.Result).AllRowsAffected(); !reflect.DeepEqual(got, []int64{0, 2}) {
				t.Errorf("AllRowsAffected() = %v, want [0 2]", got)
			}
			rows, err := raw.(driver.Queryer).Query("SELECT 1", nil) //nolint:staticcheck // as above
			if err != nil {
				return err
			}
			return rows.Close()
		}); err != nil {
			t.Error(err)
		}
	})
}
