package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync"
	"testing"
	"time"

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
	withFakeTime(t, func(t *testing.T) {
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
	answerPackets(conn, cfg, tlsGreeting, loginAccepted)
}

// loginAccepted is the answer of a server that lets a client in.
var loginAccepted = []byte{7, 0, 0, 3, 0, 0, 0, 2, 0, 0, 0}

// answerPackets is a server that speaks TLS, and gives these answers to what it
// receives there: a login, and commands.
func answerPackets(conn net.Conn, cfg *tls.Config, greeting []byte, answers ...[]byte) {
	_, _ = conn.Write(greeting) // errors show in the client
	_, _ = io.ReadFull(conn, make([]byte, tlsRequestLength))
	secure := tls.Server(conn, cfg)
	for _, answer := range answers {
		header := make([]byte, 4)
		_, _ = io.ReadFull(secure, header)
		_, _ = io.ReadFull(secure, make([]byte, header[0]))
		_, _ = secure.Write(answer)
	}
}

// TestDialTimeout checks that cfg.Timeout and the time limit of the attempt both end
// a dial function that hangs.
func TestDialTimeout(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ timeout, want time.Duration }{
		{3 * time.Second, 3 * time.Second},
		{0, time.Minute},
		{time.Hour, time.Minute},
	} {
		withFakeTime(t, func(t *testing.T) {
			cfg, _ := piped(drain)
			cfg.Timeout = tt.timeout
			cfg.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			start := time.Now()
			err := connect(context.Background(), cfg, nil)
			if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != tt.want {
				t.Errorf("Timeout %v: Connect = %v after %v, want %v after %v", tt.timeout, err, time.Since(start), context.DeadlineExceeded, tt.want)
			}
		})
	}
}

// TestPasswordTimeout checks that password functions that hang are ended, even one
// that ignores its context.
func TestPasswordTimeout(t *testing.T) {
	t.Parallel()
	for _, deaf := range []bool{false, true} {
		withFakeTime(t, func(t *testing.T) {
			release := make(chan struct{})
			defer close(release)
			opts := &rdstls.Options{Password: func(ctx context.Context, _, _ string) (string, error) {
				if deaf {
					<-release
				}
				<-ctx.Done()
				return "", ctx.Err()
			}}
			cfg, _ := piped(drain)
			start := time.Now()
			if err := connect(context.Background(), cfg, opts); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Minute {
				t.Errorf("deaf = %t: Connect = %v after %v, want %v after a minute", deaf, err, time.Since(start), context.DeadlineExceeded)
			}
		})
	}
}

// TestDeadlineClearedAfterLogin checks that the time limit of an attempt is not one
// of the connection that it made.
func TestDeadlineClearedAfterLogin(t *testing.T) {
	t.Parallel()
	s := honest(t, orders)
	dialed := make(chan context.Context, 1)
	cfg := parse(t, "u:p@tcp("+orders+")/?allowCleartextPasswords=true")
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		dialed <- ctx
		return dialing(s)(ctx, network, addr)
	}
	db := open(t, cfg, trust())
	if err := db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	<-(<-dialed).Done() // the attempt and its bound are over
	if err := db.PingContext(t.Context()); err != nil || db.Stats().OpenConnections != 1 || db.Stats().MaxLifetimeClosed != 0 {
		t.Errorf("Ping = %v with %+v, want nil on the same connection", err, db.Stats())
	}
	if conns := s.Conns(); len(conns) != 1 {
		t.Errorf("%d connections, want 1", len(conns))
	}
}
