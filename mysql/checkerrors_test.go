package rdsmysql_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/adapter"
	rdsmysql "github.com/rdstls/go/mysql"
)

// A scriptedConn answers the check with check, and statements with statement.
type scriptedConn struct {
	rdsmysql.DriverConn
	check, statement error
	answer           driver.Value
	columns          int
	bounds           []time.Duration // how long each call may take, or zero
	statements       int
	closed           bool
}

func (c *scriptedConn) called(ctx context.Context) {
	var bound time.Duration
	if deadline, ok := ctx.Deadline(); ok {
		bound = time.Until(deadline)
	}
	c.bounds = append(c.bounds, bound)
}

func (c *scriptedConn) QueryContext(ctx context.Context, _ string, _ []driver.NamedValue) (driver.Rows, error) {
	c.called(ctx)
	return &scriptedRows{columns: c.columns, values: []driver.Value{c.answer}}, c.check
}

func (c *scriptedConn) ExecContext(context.Context, string, []driver.NamedValue) (driver.Result, error) {
	c.statements++
	return driver.ResultNoRows, c.statement
}

func (c *scriptedConn) Ping(ctx context.Context) error {
	c.called(ctx)
	return nil
}

// PrepareContext returns a statement with another answer than the check wants.
func (c *scriptedConn) PrepareContext(context.Context, string) (driver.Stmt, error) {
	c.statements++
	return scriptedStmt{}, nil
}

type scriptedStmt struct{ driver.Stmt }

func (scriptedStmt) Close() error { return nil }

func (scriptedStmt) QueryContext(context.Context, []driver.NamedValue) (driver.Rows, error) {
	return &scriptedRows{columns: 1, values: []driver.Value{int64(42)}}, nil
}

func (c *scriptedConn) IsValid() bool { return false }
func (c *scriptedConn) Close() error  { c.closed = true; return nil }

type scriptedRows struct {
	columns int
	values  []driver.Value
}

func (r *scriptedRows) Columns() []string { return make([]string, r.columns) }
func (r *scriptedRows) Close() error      { return nil }

func (r *scriptedRows) Next(row []driver.Value) error {
	if len(r.values) == 0 {
		return io.EOF
	}
	row[0], r.values = r.values[0], r.values[1:]
	return nil
}

// TestCheckErrors checks what becomes of a connection and its first statement when
// the check gets one answer or another.
func TestCheckErrors(t *testing.T) {
	t.Parallel()
	const attack = "an attacker may have edited"
	for name, test := range map[string]struct {
		conn    scriptedConn
		wantErr string // a part of it
		closed  bool
	}{
		"MySQL":           {scriptedConn{columns: 1, answer: int64(1)}, "", false},
		"MariaDB":         {scriptedConn{columns: 1, answer: int64(2)}, "", false},
		"gbk":             {scriptedConn{columns: 1, answer: int64(5)}, "add charset=utf8mb4", true},
		"MariaDB-gbk":     {scriptedConn{columns: 1, answer: int64(6)}, "add charset=utf8mb4", true},
		"database-lost":   {scriptedConn{columns: 1, answer: int64(10)}, attack, true},
		"other-value":     {scriptedConn{columns: 1, answer: int64(3)}, "as if it had another client", true},
		"other-type":      {scriptedConn{columns: 1, answer: []byte("1")}, attack, true},
		"stand-in":        {scriptedConn{}, "", false},
		"expired":         {scriptedConn{check: &mysql.MySQLError{Number: 1820}}, "", false},
		"interrupted":     {scriptedConn{check: &mysql.MySQLError{Number: 1317}}, "1317", false},
		"no-table":        {scriptedConn{check: &mysql.MySQLError{Number: 1146}}, attack, true},
		"no-database":     {scriptedConn{check: &mysql.MySQLError{Number: 1046}}, attack, true},
		"malformed":       {scriptedConn{check: mysql.ErrMalformPkt}, "malformed packet", true},
		"bad-conn":        {scriptedConn{check: driver.ErrBadConn}, "bad connection", false},
		"progress-report": {scriptedConn{columns: 1, answer: int64(2), statement: &mysql.MySQLError{Number: 65535}}, "it is unknown what became of the statement", true},
		"statement-error": {scriptedConn{columns: 1, answer: int64(2), statement: &mysql.MySQLError{Number: 1062}}, "1062", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner := test.conn
			_, err := rdsmysql.WithCheck(&inner, rdsmysql.Session{}).(driver.ExecerContext).ExecContext(t.Context(), "DELETE FROM a", nil)
			if (err != nil) != (test.wantErr != "") || err != nil && !strings.Contains(err.Error(), test.wantErr) {
				t.Errorf("the statement returned %v, want %q", err, test.wantErr)
			}
			if inner.closed != test.closed {
				t.Errorf("the connection was closed: %t, want %t", inner.closed, test.closed)
			}
			if sent := inner.statements != 0; sent && inner.statement == nil && err != nil {
				t.Error("the statement was sent in spite of the error")
			}
		})
	}
}

// TestCheckPreparedAnswer checks that a wrong result of the check's own prepared
// statement closes the connection, before the program prepares one.
func TestCheckPreparedAnswer(t *testing.T) {
	t.Parallel()
	inner := scriptedConn{columns: 1, answer: int64(2)}
	_, err := rdsmysql.WithCheck(&inner, rdsmysql.Session{}).(driver.ConnPrepareContext).PrepareContext(t.Context(), "SELECT 2")
	if err == nil || !inner.closed || inner.statements != 1 {
		t.Errorf("PrepareContext() = %v, %d statements were prepared, the connection was closed: %t", err, inner.statements, inner.closed)
	}
}

// TestCheckIsBounded checks that the check and the pings before it end, and only
// these, if the caller's context has no deadline.
func TestCheckIsBounded(t *testing.T) {
	t.Parallel()
	inner := scriptedConn{columns: 1, answer: int64(1)}
	conn := rdsmysql.WithCheck(&inner, rdsmysql.Session{}).(rdsmysql.DriverConn)
	for _, call := range []func() error{
		func() error { return conn.Ping(context.Background()) },
		func() error { _, err := conn.ExecContext(context.Background(), "DO 1", nil); return err },
		func() error { return conn.Ping(context.Background()) },
	} {
		if err := call(); err != nil {
			t.Fatal(err)
		}
	}
	ping, check, later := inner.bounds[0], inner.bounds[1], inner.bounds[2]
	for _, bound := range []time.Duration{ping, check} {
		if bound <= 0 || bound > adapter.AttemptTimeout {
			t.Errorf("the first ping may take %v and the check %v, want up to %v", ping, check, adapter.AttemptTimeout)
		}
	}
	if later != 0 {
		t.Errorf("a ping after the check may take %v, want no limit", later)
	}
}

// TestCheckContextDone checks that a context that is done ends no session.
func TestCheckContextDone(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	inner := scriptedConn{columns: 1, answer: int64(1)}
	_, err := rdsmysql.WithCheck(&inner, rdsmysql.Session{}).(driver.ConnPrepareContext).PrepareContext(ctx, "SELECT 1")
	if !errors.Is(err, context.Canceled) || inner.closed || len(inner.bounds) != 0 {
		t.Errorf("PrepareContext() = %v, %d queries were made, the connection was closed: %t", err, len(inner.bounds), inner.closed)
	}
}

// deprecated are methods that the driver's connections still have.
type deprecated interface {
	Exec(query string, args []driver.Value) (driver.Result, error)
	Query(query string, args []driver.Value) (driver.Rows, error)
}

func (c *scriptedConn) Exec(string, []driver.Value) (driver.Result, error) {
	return driver.ResultNoRows, nil
}

func (c *scriptedConn) Query(string, []driver.Value) (driver.Rows, error) {
	return &scriptedRows{}, nil
}

// TestCheckEntries checks that no method makes a statement without the check.
func TestCheckEntries(t *testing.T) {
	t.Parallel()
	for name, call := range map[string]func(context.Context, rdsmysql.DriverConn) error{
		"QueryContext": func(ctx context.Context, c rdsmysql.DriverConn) error {
			_, err := c.QueryContext(ctx, "", nil)
			return err
		},
		"ExecContext": func(ctx context.Context, c rdsmysql.DriverConn) error {
			_, err := c.ExecContext(ctx, "", nil)
			return err
		},
		"PrepareContext": func(ctx context.Context, c rdsmysql.DriverConn) error {
			_, err := c.PrepareContext(ctx, "")
			return err
		},
		"BeginTx": func(ctx context.Context, c rdsmysql.DriverConn) error {
			_, err := c.BeginTx(ctx, driver.TxOptions{})
			return err
		},
		"Prepare": func(_ context.Context, c rdsmysql.DriverConn) error { _, err := c.Prepare(""); return err },
		"Begin":   func(_ context.Context, c rdsmysql.DriverConn) error { _, err := c.Begin(); return err },
		"Exec": func(_ context.Context, c rdsmysql.DriverConn) error {
			_, err := c.(deprecated).Exec("", nil)
			return err
		},
		"Query": func(_ context.Context, c rdsmysql.DriverConn) error {
			_, err := c.(deprecated).Query("", nil)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inner := scriptedConn{check: &mysql.MySQLError{Number: 1146}}
			err := call(t.Context(), rdsmysql.WithCheck(&inner, rdsmysql.Session{}).(rdsmysql.DriverConn))
			if err == nil || !strings.Contains(err.Error(), "an attacker may have edited") || !inner.closed {
				t.Errorf("%s returned %v, and the connection was closed: %t", name, err, inner.closed)
			}
		})
	}
}
