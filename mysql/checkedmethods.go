package rdsmysql

import (
	"context"
	"database/sql/driver"

	"github.com/rdstls/go/internal/adapter"
)

// Ping implements [driver.Pinger]. A server that expects compressed packets, because
// an attacker told it so, waits for more than comes.
func (c *checkedConn) Ping(ctx context.Context) error {
	if c.server == unknownServer {
		bounded, cancel := context.WithTimeout(ctx, adapter.AttemptTimeout)
		defer cancel()
		ctx = bounded
	}
	return c.driverConn.Ping(ctx)
}

// PrepareContext implements [driver.ConnPrepareContext].
func (c *checkedConn) PrepareContext(ctx context.Context, query string) (driver.Stmt, error) {
	if err := c.checkPrepared(ctx); err != nil {
		return nil, err
	}
	return c.driverConn.PrepareContext(ctx, query)
}

// QueryContext implements [driver.QueryerContext].
func (c *checkedConn) QueryContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Rows, error) {
	if err := c.checkText(ctx); err != nil {
		return nil, err
	}
	rows, err := c.driverConn.QueryContext(ctx, query, args)
	return rows, c.wrapProgress(err)
}

// ExecContext implements [driver.ExecerContext].
func (c *checkedConn) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if err := c.checkText(ctx); err != nil {
		return nil, err
	}
	result, err := c.driverConn.ExecContext(ctx, query, args)
	return result, c.wrapProgress(err)
}

// BeginTx implements [driver.ConnBeginTx].
func (c *checkedConn) BeginTx(ctx context.Context, opts driver.TxOptions) (driver.Tx, error) {
	if err := c.checkText(ctx); err != nil {
		return nil, err
	}
	return c.driverConn.BeginTx(ctx, opts)
}

// Prepare implements [driver.Conn].
func (c *checkedConn) Prepare(query string) (driver.Stmt, error) {
	return c.PrepareContext(context.Background(), query)
}

// Begin implements [driver.Conn].
func (c *checkedConn) Begin() (driver.Tx, error) {
	return c.BeginTx(context.Background(), driver.TxOptions{})
}

// Exec implements [driver.Execer], by which programs get the mysql.Result of several
// statements in one call.
func (c *checkedConn) Exec(query string, args []driver.Value) (driver.Result, error) {
	inner, ok := c.driverConn.(interface {
		Exec(string, []driver.Value) (driver.Result, error)
	})
	if !ok {
		return nil, driver.ErrSkip
	}
	if err := c.checkText(context.Background()); err != nil {
		return nil, err
	}
	result, err := inner.Exec(query, args)
	return result, c.wrapProgress(err)
}

// Query implements [driver.Queryer].
func (c *checkedConn) Query(query string, args []driver.Value) (driver.Rows, error) {
	inner, ok := c.driverConn.(interface {
		Query(string, []driver.Value) (driver.Rows, error)
	})
	if !ok {
		return nil, driver.ErrSkip
	}
	if err := c.checkText(context.Background()); err != nil {
		return nil, err
	}
	rows, err := inner.Query(query, args)
	return rows, c.wrapProgress(err)
}
