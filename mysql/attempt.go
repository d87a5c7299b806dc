package rdsmysql

import (
	"context"
	"crypto/tls"
	"net"
	"sync/atomic"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/rdstls"
)

// An attempt is what is known of one connection while the driver makes it.
type attempt struct {
	needs    uint16
	conn     net.Conn    // once it was dialed
	problem  error       // why the connection was broken off; the driver says no more than that it is invalid
	unread   error       // of the network, before the server was verified; likewise
	refused  bool        // whether an error came in place of the greeting, which nobody has proven to be the server's
	hello    int         // how much is to come of a ClientHello of several records
	asked    atomic.Bool // whether TLS was asked for; always, if the driver dials by the caller's network
	verified atomic.Bool // whether VerifyConnection of the configuration has accepted the server since
}

// A hookError is about the caller's own hook: nothing else can come between the
// configuration of an attempt and its connection.
type hookError struct{}

func (hookError) Error() string {
	return "rdsmysql: " + rdstls.ErrUnverified.Error() +
		": TLS was replaced or weakened by a BeforeConnect hook; Options.Base is the place for TLS settings"
}

func (hookError) Unwrap() error { return rdstls.ErrUnverified }

// configOf returns a configuration for the attempt alone. The driver hands a copy
// of it to the caller's BeforeConnect hook, which can put anything in the place
// of TLS. It does not have the conn that dial returns, and that says nothing to a
// server that this VerifyConnection has not seen.
func (c *connector) configOf(a *attempt) *mysql.Config {
	cfg := c.cfg.Clone()
	a.asked.Store(c.dial == nil)
	verify := cfg.TLS.VerifyConnection
	cfg.TLS.VerifyConnection = func(cs tls.ConnectionState) error {
		err := verify(cs)
		if err == nil && a.asked.Load() { // and not for a conn of the hook's own
			a.verified.Store(true)
		}
		return err
	}
	if c.dial != nil {
		cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := c.dial(ctx, network, addr)
			if err != nil || conn == nil {
				return conn, err
			}
			a.conn = conn
			return watch(conn, a), nil
		}
	}
	return cfg
}
