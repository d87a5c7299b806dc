package rdsmysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	"github.com/go-sql-driver/mysql"
)

// A checkedConn makes a prepared statement of its own before the first of the
// program's, and checks its result. The client's TLS request precedes TLS, so that
// an attacker can edit it, and servers use the flags in it. With
// CLIENT_QUERY_ATTRIBUTES, MySQL misreads the parameters of prepared statements. With
// MARIADB_CLIENT_EXTENDED_METADATA, the driver misreads their results. With
// MARIADB_CLIENT_CACHE_METADATA, it panics in the goroutine of the caller
// (go-sql-driver/mysql v1.10.1, readColumns in packets.go).
//
// The check takes two round trips, and keeps RDS Proxy from sharing the connection,
// as every prepared statement does. So connections without them are not checked.
type checkedConn struct {
	driverConn
	checked bool
}

// A driverConn has all methods of the driver's connections but the deprecated ones.
type driverConn interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.NamedValueChecker
	driver.Pinger
	driver.QueryerContext
	driver.SessionResetter
	driver.Validator
}

// withCheck returns conn with the check.
func withCheck(conn driver.Conn) driver.Conn {
	if inner, ok := conn.(driverConn); ok {
		return &checkedConn{driverConn: inner}
	}
	return conn // not with this driver
}

// PrepareContext implements [driver.ConnPrepareContext].
func (c *checkedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.check(ctx); err != nil {
		return nil, err
	}
	return c.driverConn.PrepareContext(ctx, query)
}

// Prepare implements [driver.Conn].
func (c *checkedConn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// Exec implements [driver.Execer], through which programs reach the results of
// several statements (mysql.Result).
func (c *checkedConn) Exec(query string, args []driver.Value) (driver.Result, error) {
	if inner, ok := c.driverConn.(interface {
		Exec(string, []driver.Value) (driver.Result, error)
	}); ok {
		return inner.Exec(query, args)
	}
	return nil, driver.ErrSkip
}

// Query implements [driver.Queryer].
func (c *checkedConn) Query(query string, args []driver.Value) (driver.Rows, error) {
	if inner, ok := c.driverConn.(interface {
		Query(string, []driver.Value) (driver.Rows, error)
	}); ok {
		return inner.Query(query, args)
	}
	return nil, driver.ErrSkip
}

func (c *checkedConn) check(ctx context.Context) error {
	if c.checked {
		return nil
	}
	err := selectOne(ctx, c.driverConn)
	switch {
	case err == nil:
		c.checked = true
		return nil
	case errors.Is(err, errNotPrepared):
		return nil
	case errors.Is(err, driver.ErrBadConn): // database/sql takes another connection
		return err
	}
	abort(c.driverConn)
	return fmt.Errorf("rdsmysql: checking the connection before its first prepared statement: %w", err)
}

// checkStatement has a parameter, and a column with the same type whatever the
// parameter: only then does MariaDB leave out the column's metadata at once.
const checkStatement = "SELECT 1 FROM DUAL WHERE 1 = ?"

// selectOne prepares and executes a statement. A panic of the driver is an error.
func selectOne(ctx context.Context, conn driverConn) (err error) {
	returned := false
	defer func() {
		if !returned && panickedInDriver() {
			err = fmt.Errorf("%w (the driver panicked: %v)", errEditedRequest, recover())
		}
	}()
	err = executeOne(ctx, conn)
	returned = true
	return err
}

func executeOne(ctx context.Context, conn driverConn) error {
	stmt, err := conn.PrepareContext(ctx, checkStatement)
	var serverErr *mysql.MySQLError
	if errors.As(err, &serverErr) {
		return errNotPrepared
	}
	if err != nil {
		return err
	}
	rows, err := stmt.(driver.StmtQueryContext).QueryContext(ctx, []driver.NamedValue{{Ordinal: 1, Value: int64(1)}})
	if errors.As(err, &serverErr) {
		return fmt.Errorf("%w: %w", errEditedRequest, err)
	}
	if err != nil {
		return err
	}
	row := make([]driver.Value, len(rows.Columns()))
	if err := rows.Next(row); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if fmt.Sprint(row) != "[1]" {
		return errEditedRequest
	}
	return errors.Join(rows.Close(), stmt.Close())
}

// errNotPrepared is the error of a server that refuses to prepare the statement, such
// as one that holds too many of them. The program's own statement decides then.
var errNotPrepared = errors.New("rdsmysql: the server does not prepare a statement")

var errEditedRequest = errors.New("the answer to " + checkStatement + " is wrong; an attacker may have edited the client's TLS request on its way")
