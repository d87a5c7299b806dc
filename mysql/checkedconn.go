package rdsmysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/adapter"
)

// A checkedConn finds out, before the first statement of the program, whether an
// attacker edited the client's TLS request: see editedrequest.go. A connection
// that is only pinged is not checked, but then the first ping is bounded.
type checkedConn struct {
	driverConn
	session  session
	server   server
	prepared bool // whether prepared statements were checked
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
func withCheck(conn driver.Conn, s session) driver.Conn {
	if inner, ok := conn.(driverConn); ok {
		return &checkedConn{driverConn: inner, session: s}
	}
	return conn // not with this driver
}

// checkText checks the connection before its first statement.
func (c *checkedConn) checkText(ctx context.Context) error {
	if c.server != unknownServer {
		return nil
	}
	return c.probe(ctx, func(ctx context.Context) error {
		server, err := askServer(ctx, c.driverConn, c.session)
		if err == nil {
			c.server = server
		}
		return err
	})
}

// checkPrepared checks the connection before its first prepared statement. The check
// takes two round trips, and keeps RDS Proxy from sharing the connection, as every
// prepared statement does. Only MariaDB needs it.
func (c *checkedConn) checkPrepared(ctx context.Context) error {
	if err := c.checkText(ctx); err != nil || c.prepared || c.server != mariaDB {
		return err
	}
	return c.probe(ctx, func(ctx context.Context) error {
		err := executePrepared(ctx, c.driverConn)
		c.prepared = err == nil
		return err
	})
}

// probe calls ask, which makes statements of its own. A panic of the driver is an
// error.
func (c *checkedConn) probe(ctx context.Context, ask func(context.Context) error) (err error) {
	if err := ctx.Err(); err != nil {
		return err // as the driver does; the session is still good
	}
	ctx, cancel := context.WithTimeout(ctx, adapter.AttemptTimeout)
	defer cancel()
	returned := false
	defer func() {
		if !returned && panickedInDriver() {
			err = c.refuse(fmt.Errorf("%w (the driver panicked: %v)", errEditedRequest, recover()))
		}
	}()
	err = ask(ctx)
	returned = true
	var serverErr *mysql.MySQLError
	switch {
	case err == nil || errors.Is(err, driver.ErrBadConn): // database/sql takes another connection
		return err
	case errors.As(err, &serverErr) && serverErr.Number == mustChangePassword:
		return nil // the program may only change it, and get this error for anything else
	case serverErr != nil && !errors.Is(err, errEditedRequest):
		return err // such as a query that was interrupted; the next statement is checked again
	}
	return c.refuse(err)
}

func (c *checkedConn) refuse(err error) error {
	abort(c.driverConn)
	return fmt.Errorf("rdsmysql: checking the connection before its first statement: %w", err)
}

// wrapProgress closes the connection on a report of progress, which MariaDB sends to
// a client with MARIADB_CLIENT_PROGRESS as an error, while it goes on. The driver
// does not set that flag and would take the next report for the next answer.
func (c *checkedConn) wrapProgress(err error) error {
	const progressReport = 0xffff
	var serverErr *mysql.MySQLError
	if !errors.As(err, &serverErr) || serverErr.Number != progressReport {
		return err
	}
	abort(c.driverConn)
	return fmt.Errorf("rdsmysql: it is unknown what became of the statement: %w: %w", errEditedRequest, err)
}
