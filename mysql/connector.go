package rdsmysql

import (
	"context"
	"crypto/x509"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// A connector bounds the driver's attempts, survives its panics, and ensures that a
// hook of the caller's cannot undo the verification of an attempt.
type connector struct {
	cfg      *mysql.Config // of every attempt, which has a copy
	driver   driver.Driver
	dial     dialFunc // nil if the driver dials by a network that the caller registered
	required uint32   // capabilities that the greeting is given in any case

	interpolates bool // arguments into queries, in the character set of the TLS request
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// newConnector takes over cfg.
func newConnector(cfg *mysql.Config) (driver.Connector, error) {
	dial := cfg.DialFunc
	if dial == nil && dialsTCP(cfg.Net) {
		dial = (&net.Dialer{}).DialContext
	}
	probe, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, &rdstls.ConfigError{
			Setting: "mysql.Config",
			Err:     errors.New("the driver refuses it; check ServerPubKey, Collation and InterpolateParams"),
		}
	}
	cfg.ServerPubKey = "" // only for plaintext; each attempt would look it up again
	c := &connector{cfg: cfg, driver: probe.Driver(), dial: dial}
	c.interpolates = cfg.InterpolateParams && charsetOf(cfg) == ""
	if cfg.ConnectionAttributes != "" { // a hook cannot change it: the driver encodes it before
		c.required = clientConnectAttrs
	}
	return c, nil
}

// Driver returns the driver itself.
func (c *connector) Driver() driver.Driver { return c.driver }

// Connect makes a connection. The driver only bounds the dialing: a silent server
// would hold it forever.
func (c *connector) Connect(ctx context.Context) (conn driver.Conn, err error) {
	ctx, cancel := context.WithTimeout(ctx, adapter.AttemptTimeout)
	defer cancel()
	a := &attempt{
		required:    c.required,
		allowNative: c.cfg.AllowNativePasswords,
		goroutine:   goroutineID(),
		cancel:      cancel,
		ended:       make(chan struct{}, 1),
	}
	returned := false
	defer func() {
		a.done.Store(true)
		if returned {
			return
		}
		if a.conn != nil {
			_ = a.conn.Close()
		}
		if panickedInDriver() {
			conn, err = nil, driverPanic(recover())
		}
	}()
	conn, err = c.connect(attemptContext{ctx, a.ended}, a)
	returned = true
	return conn, err
}

func (c *connector) connect(ctx context.Context, a *attempt) (driver.Conn, error) {
	a.depth = len(callStack())
	inner, err := mysql.NewConnector(c.configFor(a))
	if err != nil {
		return nil, err // not after newConnector
	}
	conn, err := inner.Connect(ctx)
	if err != nil {
		return nil, c.wrapConnectError(err, a)
	}
	if !a.verified.Load() {
		// Over a connection that was not watched: the caller's network made it.
		abort(conn)
		return nil, &rdstls.AttemptError{ServerName: c.cfg.TLS.ServerName, Err: hookError{}}
	}
	if a.compressed {
		if err := checkCompression(ctx, conn); err != nil {
			return nil, &rdstls.AttemptError{ServerName: c.cfg.TLS.ServerName, Err: err}
		}
	}
	return withCheck(conn, session{c.interpolates, a.hasDatabase, a.compressed}), nil
}

// wrapConnectError adds to an error of the driver what it does not say. What the
// server itself said, and driver.ErrBadConn, stay as they are: programs, and
// database/sql, look for them. An error before TLS is not yet the server's word.
func (c *connector) wrapConnectError(err error, a *attempt) error {
	wrap := func(err error) error {
		return &rdstls.AttemptError{ServerName: c.cfg.TLS.ServerName, Err: err}
	}
	if a.fatalErr != nil {
		return wrap(a.fatalErr)
	}
	var network net.UnknownNetworkError
	if a.conn == nil && errors.As(err, &network) {
		return wrap(errNetwork) // its text can be a part of a password
	}
	var wrongName x509.HostnameError
	if errors.As(err, &wrongName) {
		if a.addr != "" && a.addr != c.cfg.Addr {
			return wrap(addrError{c.cfg.Addr, a.addr})
		}
		if c.cfg.DialFunc != nil {
			err = fmt.Errorf("%w (DialFunc chose the server; see \"Hosts chosen at run time\" in the documentation of rdsmysql)", err)
		}
	}
	var serverErr *mysql.MySQLError
	if a.conn == nil || errors.Is(err, driver.ErrBadConn) || errors.As(err, &serverErr) && !a.gotErrPacket {
		return err
	}
	if a.readErr != nil && errors.Is(err, mysql.ErrInvalidConn) {
		return wrap(fmt.Errorf("%w: %w", err, a.readErr))
	}
	return wrap(err)
}

var errNetwork = errors.New("rdsmysql: the network is neither tcp nor registered; is the DSN of the form user:password@tcp(host:port)/name?")

// checkCompression makes a round trip. An attacker who adds the capability to the
// greeting of a server that lacks it makes the driver compress alone, and wait for
// ever for an answer; here ctx bounds that.
func checkCompression(ctx context.Context, conn driver.Conn) error {
	pinger, ok := conn.(driver.Pinger)
	if !ok {
		return nil // not with this driver
	}
	if err := pinger.Ping(ctx); err != nil {
		abort(conn)
		return fmt.Errorf("rdsmysql: the server does not compress as its greeting promised: %w", err)
	}
	return nil
}

// abort closes conn at once. Close would first send a COM_QUIT, and could wait
// forever for a server that reads nothing.
func abort(conn driver.Conn) {
	pinger, canPing := conn.(driver.Pinger)
	validator, canTell := conn.(driver.Validator)
	for canPing && canTell && validator.IsValid() {
		ended, cancel := context.WithCancel(context.Background())
		cancel()
		_ = pinger.Ping(&endedContext{Context: ended}) // fails
	}
	_ = conn.Close() // only releases what is left
}

// An endedContext is done, which the driver does not notice when it begins to watch
// it, so that it closes the connection (go-sql-driver/mysql v1.10.1, watchCancel in
// connection.go).
type endedContext struct {
	context.Context
	begun bool
}

// Err is called by the driver before it starts its goroutine for this context,
// and by that goroutine afterwards.
func (c *endedContext) Err() error {
	if !c.begun {
		c.begun = true
		return nil
	}
	return c.Context.Err()
}
