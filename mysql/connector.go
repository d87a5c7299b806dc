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

// A connector bounds the attempts of the driver's and survives its panics.
type connector struct {
	driver.Connector
	server string // the name that is verified
	needs  uint16 // capabilities that the greeting must offer
	dials  bool   // whether the connection is made by a function of watch
}

// newConnector takes over cfg.
func newConnector(cfg *mysql.Config) (driver.Connector, error) {
	switch {
	case cfg.DialFunc != nil:
		cfg.DialFunc = watch(cfg.DialFunc)
	case dialsTCP(cfg.Net):
		cfg.DialFunc = watch((&net.Dialer{}).DialContext)
	}
	inner, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, &rdstls.ConfigError{
			Setting: "mysql.Config",
			Err:     errors.New("the driver refuses it; look at ServerPubKey, Collation and InterpolateParams"),
		}
	}
	return connector{inner, cfg.TLS.ServerName, needsOf(cfg), cfg.DialFunc != nil}, nil
}

// An attempt is what is known of one connection while the driver makes it.
type attempt struct {
	needs    uint16
	conn     net.Conn // once it was dialed
	greeting error    // why the greeting was refused
	refused  bool     // whether an error came in place of the greeting, which nobody has proven to be the server's
}

type attemptKey struct{}

// Connect makes a connection. The driver bounds nothing but the dialing: a
// server that stays silent would hold it for ever.
func (c connector) Connect(ctx context.Context) (conn driver.Conn, err error) {
	ctx, cancel := context.WithTimeout(ctx, adapter.AttemptTimeout)
	defer cancel()
	a := attempt{needs: c.needs}
	defer func() {
		if p := recover(); p != nil {
			err = c.recovered(p, a.conn)
		}
	}()
	conn, err = c.Connector.Connect(context.WithValue(ctx, attemptKey{}, &a))
	return conn, c.explained(err, &a)
}

// explained adds to an error of the driver what it does not say. What the server
// itself said, and driver.ErrBadConn, are left as they are: programs, and
// database/sql, look for them. An error before TLS is not the server's word yet.
func (c connector) explained(err error, a *attempt) error {
	var said *mysql.MySQLError
	switch {
	case err == nil || a.conn == nil || errors.As(err, &said) && !a.refused || errors.Is(err, driver.ErrBadConn):
		return err
	case a.greeting != nil:
		err = a.greeting // the driver says no more than that the connection is invalid
	}
	return &adapter.AttemptError{Server: c.server, Err: err}
}

// recovered turns a panic of the driver into an error. What it indexes beyond the
// end in greetings is refused before it gets there, unless the connection came
// from a registered network; and under GODEBUG=fips140=only, SHA-1 panics, which
// the native password takes. Panics before a server was reached are the caller's
// own, from a hook, and go on.
func (c connector) recovered(panicked any, conn net.Conn) error {
	if conn != nil {
		_ = conn.Close()
	} else if c.dials {
		panic(panicked)
	}
	if _, ok := panicked.(runtime.Error); !ok && conn == nil {
		panicked = fmt.Sprintf("with a %T", panicked) // perhaps of a hook, and it may hold anything
	}
	return fmt.Errorf("rdsmysql: the driver panicked while it connected: %v", panicked)
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// watch returns a dial function that tells Connect which connection was made and
// what was wrong with the greeting on it.
func watch(dial dialFunc) dialFunc {
	return func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		a, ok := ctx.Value(attemptKey{}).(*attempt)
		if err != nil || conn == nil || !ok {
			return conn, err
		}
		a.conn = conn
		return checkGreeting(conn, a), nil
	}
}
