package rdsmysql

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"sync/atomic"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// An attempt is what is known of one connection while the driver makes it.
type attempt struct {
	required    uint32 // capabilities that a setting needs, whatever the greeting says
	allowNative bool   // whether mysql_native_password is allowed
	goroutine   string // of Connect, in which the driver makes the handshake
	depth       int    // of the call stack in connect, which calls the driver

	addr         string        // that the driver dialed, unless it dials a registered network
	conn         net.Conn      // once it was dialed, unless the driver dials a registered network
	fatalErr     error         // why the connection was ended; the driver only says that it is invalid
	readErr      error         // why no greeting could be read; likewise
	gotErrPacket bool          // whether an error came in place of the greeting; no server has proven to have sent it
	announced    uint32        // the capabilities in the greeting
	tlsRequested bool          // whether the driver has sent its TLS request
	compressed   bool          // whether it asked for compression
	hasDatabase  bool          // whether it said that the login names a database
	records      clientRecords // what it has sent since
	verified     atomic.Bool   // whether VerifyConnection accepted the server of this connection
	done         atomic.Bool   // whether Connect has returned

	cancel context.CancelFunc // ends the attempt
	ended  chan struct{}      // closed when the driver has seen that
}

// A hookError blames the caller's own hook: only a hook runs between the making of
// an attempt's configuration and its connection.
type hookError struct{}

func (hookError) Error() string {
	return "rdsmysql: " + rdstls.ErrUnverified.Error() +
		": a BeforeConnect hook replaced or weakened TLS; set TLS in Options.Base"
}

func (hookError) Unwrap() error { return rdstls.ErrUnverified }

// An addrError says that a hook led the connection to a server other than the one
// that is required.
type addrError struct{ configured, dialed string }

func (e addrError) Error() string {
	return fmt.Sprintf("rdsmysql: %v: a BeforeConnect hook changed Addr from %q to %q, and the server there is another; "+
		"make a connector for each host, as \"Hosts chosen at run time\" in the documentation of rdsmysql shows",
		rdstls.ErrUnverified, e.configured, e.dialed)
}

func (addrError) Unwrap() error { return rdstls.ErrUnverified }

// configFor returns a configuration for this attempt only. The driver hands a copy
// of it to the caller's BeforeConnect hook, which can replace everything about TLS.
// The hook does not have the conn that dial returns, and that conn sends nothing to
// a server that this VerifyConnection has not accepted.
func (c *connector) configFor(a *attempt) *mysql.Config {
	cfg := c.cfg.Clone()
	a.watchCallbacks(cfg.TLS)
	verify := cfg.TLS.VerifyConnection
	cfg.TLS.VerifyConnection = func(cs tls.ConnectionState) (err error) {
		a.callersCode(func() { err = verify(cs) })
		if err == nil && a.calledByDriver() {
			a.verified.Store(true)
		}
		return err
	}
	if c.dial != nil {
		cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			if !a.calledByDriver() {
				return c.dial(ctx, network, addr) // for a connection of the hook's own
			}
			a.addr = addr
			conn, err := c.dial(ctx, network, addr)
			if err == nil && conn == nil {
				err = adapter.ErrNoConn
			}
			if err != nil {
				return nil, err
			}
			a.conn = conn
			return watch(conn, a), nil
		}
	}
	return cfg
}
