package rdsmysql

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"runtime"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// A connector bounds the attempts of the driver's, survives its panics, and sees
// to it that what a hook of the caller's does to an attempt's configuration does
// not undo its verification.
type connector struct {
	cfg    *mysql.Config // of every attempt, which has a copy
	driver driver.Driver
	dial   dialFunc // nil if the driver dials by a network that the caller registered
	needs  uint16   // capabilities that the greeting must offer
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// newConnector takes over cfg.
func newConnector(cfg *mysql.Config) (driver.Connector, error) {
	dial := cfg.DialFunc
	if dial == nil && dialsTCP(cfg.Net) {
		dial = (&net.Dialer{}).DialContext
	}
	tried, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, &rdstls.ConfigError{
			Setting: "mysql.Config",
			Err:     errors.New("the driver refuses it; look at ServerPubKey, Collation and InterpolateParams"),
		}
	}
	cfg.ServerPubKey = "" // for plaintext alone; each attempt would look it up again
	return &connector{cfg, tried.Driver(), dial, needsOf(cfg)}, nil
}

// Driver returns the driver itself.
func (c *connector) Driver() driver.Driver { return c.driver }

// Connect makes a connection. The driver bounds nothing but the dialing: a
// server that stays silent would hold it for ever.
func (c *connector) Connect(ctx context.Context) (conn driver.Conn, err error) {
	ctx, cancel := context.WithTimeout(ctx, adapter.AttemptTimeout)
	defer cancel()
	a := &attempt{needs: c.needs}
	defer func() {
		if p := recover(); p != nil {
			err = c.recovered(p, a.conn)
		}
	}()
	inner, err := mysql.NewConnector(c.configOf(a))
	if err != nil {
		return nil, err // not after newConnector
	}
	conn, err = inner.Connect(ctx)
	if err == nil && !a.verified.Load() {
		// Over a connection that was not seen, because the caller's network made it.
		_ = conn.Close()
		return nil, &adapter.AttemptError{Server: c.cfg.TLS.ServerName, Err: hookError{}}
	}
	return conn, c.explained(err, a)
}

// explained adds to an error of the driver what it does not say. What the server
// itself said, and driver.ErrBadConn, are left as they are: programs, and
// database/sql, look for them. An error before TLS is not the server's word yet.
func (c *connector) explained(err error, a *attempt) error {
	var said *mysql.MySQLError
	switch {
	case err == nil || a.conn == nil || errors.As(err, &said) && !a.refused || errors.Is(err, driver.ErrBadConn) && a.problem == nil:
		return err
	case a.problem != nil:
		err = a.problem
	case a.unread != nil && errors.Is(err, mysql.ErrInvalidConn):
		err = fmt.Errorf("%w: %w", err, a.unread)
	}
	return &adapter.AttemptError{Server: c.cfg.TLS.ServerName, Err: err}
}

// recovered turns a panic of the driver into an error. What it indexes beyond the
// end in greetings is refused before it gets there, unless the connection came
// from a registered network; and under GODEBUG=fips140=only, SHA-1 panics, which
// the native password takes. Panics before a server was reached are the caller's
// own, from a hook, and go on.
func (c *connector) recovered(panicked any, conn net.Conn) error {
	if conn != nil {
		_ = conn.Close()
	} else if c.dial != nil {
		panic(panicked)
	}
	if _, ok := panicked.(runtime.Error); !ok && conn == nil {
		panicked = fmt.Sprintf("with a %T", panicked) // perhaps of a hook, and it may hold anything
	}
	return fmt.Errorf("rdsmysql: the driver panicked while it connected: %v", panicked)
}
