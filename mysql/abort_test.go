package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/rdstls"
)

// TestUnverifiedCloseBounded checks that a server on a registered network that
// reads nothing after the login cannot hold Connect, when that closes an
// unverified connection.
func TestUnverifiedCloseBounded(t *testing.T) {
	t.Parallel()
	const network = "reads-nothing"
	var serve func() net.Conn
	mysql.RegisterDialContext(network, func(context.Context, string) (net.Conn, error) { return serve(), nil })
	synctest.Test(t, func(t *testing.T) {
		var served sync.WaitGroup
		closed := make(chan struct{})
		serve = func() net.Conn {
			client, server := net.Pipe()
			served.Go(func() {
				acceptLogin(server, serving(ca.Instance(billing)))
				<-closed // and does not read
				server.Close()
			})
			return client
		}
		cfg := mysql.NewConfig()
		cfg.Net, cfg.Addr, cfg.User = network, orders+":3306", canaryUser
		err := cfg.Apply(beforeConnect(func(c *mysql.Config) error {
			c.TLS = &tls.Config{InsecureSkipVerify: true}
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		if err := connect(t.Context(), cfg, trust()); !errors.Is(err, rdstls.ErrUnverified) {
			t.Errorf("Connect = %v, want %v", err, rdstls.ErrUnverified)
		}
		close(closed)
		served.Wait()
	})
}

// acceptLogin is a server that lets everybody in.
func acceptLogin(conn net.Conn, cfg *tls.Config) {
	_, _ = conn.Write(tlsGreeting) // errors show in the client
	_, _ = io.ReadFull(conn, make([]byte, 36))
	secure := tls.Server(conn, cfg)
	header := make([]byte, 4)
	_, _ = io.ReadFull(secure, header)
	_, _ = io.ReadFull(secure, make([]byte, header[0]))
	_, _ = secure.Write([]byte{7, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0})
}
