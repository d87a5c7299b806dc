package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

const (
	host  = "orders.c9akciq32rgc.eu-west-1.rds.amazonaws.com"
	other = "users.c9akciq32rgc.eu-west-1.rds.amazonaws.com"

	// What must not leave the program, save to a verified server. The words are
	// not found anywhere by accident.
	user     = "usr-Zq7vK2mXw9Tb"
	password = "pwd-8RfHn3LcYe5U"
	database = "dbn-G4sJx6PaWo1D"

	// bound ends what should have ended long before.
	bound = 30 * time.Second
)

// authority is the one authority that tests trust; strange is one of another Region.
func authority() *testcerts.Authority { return testcerts.New("eu-west-1", testcerts.ECC384) }
func strange() *testcerts.Authority   { return testcerts.New("us-east-1", testcerts.ECC384) }

// trusting returns options for a server of authority.
func trusting() *rdstls.Options { return &rdstls.Options{Roots: authority().Pool()} }

func serving(cert tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

// The profiles that DSNs in the tests name with tls=.
const (
	registered  = "registered"   // by RegisterTLSConfig
	handWritten = "hand-written" // with the driver, accepting any server
)

// settled is the error of what is set for the whole process, before any test runs.
var settled = errors.Join(
	mysql.SetLogger(&mysql.NopLogger{}), // the driver logs what hostile servers do
	rdsmysql.RegisterTLSConfig(registered, nil),
	mysql.RegisterTLSConfig(handWritten, &tls.Config{InsecureSkipVerify: true}),
)

func parse(t testing.TB, dsn string) *mysql.Config {
	t.Helper()
	if settled != nil {
		t.Fatal(settled)
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatalf("ParseDSN(%q) = %v", dsn, err)
	}
	return cfg
}

func listen(t testing.TB, opts fakedb.MySQLOptions) *fakedb.Server {
	t.Helper()
	s, err := fakedb.ListenMySQL(opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
	})
	return s
}

// honest returns a server that proves to be host and asks for the password in clear.
func honest(t testing.TB) *fakedb.Server {
	t.Helper()
	return listen(t, fakedb.MySQLOptions{TLS: serving(authority().Instance(host))})
}

// ended returns the records of a server's connections, once the client has closed them.
func ended(t testing.TB, s *fakedb.Server) []*fakedb.Conn {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	conns, err := s.Wait(ctx)
	if err != nil {
		t.Fatal(err)
	}
	return conns
}

type dialFunc = func(ctx context.Context, network, addr string) (net.Conn, error)

// dialing returns a dial function that reaches s whatever the address.
func dialing(s *fakedb.Server) dialFunc {
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", s.Addr())
	}
}

// networkTo registers a network that reaches s whatever the address, and returns
// its name, by which a DSN with a real endpoint's name leads to s.
func networkTo(s *fakedb.Server) string {
	network := fmt.Sprintf("to%d", s.Port())
	mysql.RegisterDialContext(network, func(ctx context.Context, addr string) (net.Conn, error) {
		return dialing(s)(ctx, network, addr)
	})
	return network
}

// connect connects once with a connector for cfg, and closes the connection.
func connect(ctx context.Context, cfg *mysql.Config, opts *rdstls.Options) error {
	c, err := rdsmysql.NewConnector(cfg, opts)
	if err != nil {
		return err
	}
	conn, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	return conn.Close()
}

// beforeConnect is the driver's option for a hook without a context.
func beforeConnect(hook func(*mysql.Config) error) mysql.Option {
	return mysql.BeforeConnect(func(_ context.Context, c *mysql.Config) error { return hook(c) })
}

// refusal reports what is wrong with err, which should be a ConfigError of the
// setting, or of any if that is empty, and match want, if not nil, and no other
// sentinel. It returns "" if all is well.
func refusal(err error, setting string, want error) string {
	var refused *rdstls.ConfigError
	switch {
	case !errors.As(err, &refused):
		return fmt.Sprintf("%v is no ConfigError", err)
	case setting != "" && refused.Setting != setting:
		return fmt.Sprintf("%v names the setting %q, want %q", err, refused.Setting, setting)
	case want != nil && !errors.Is(err, want):
		return fmt.Sprintf("%v does not match %q", err, want)
	}
	for _, sentinel := range []error{rdstls.ErrNotEndpoint, rdstls.ErrNoRoots, rdstls.ErrPlaintext, rdstls.ErrUnverified} {
		if sentinel != want && errors.Is(err, sentinel) {
			return fmt.Sprintf("%v matches %q", err, sentinel)
		}
	}
	return ""
}

// handshake connects a client to a TLS server that presents cert, and returns
// the client's error.
func handshake(t testing.TB, client *tls.Config, cert tls.Certificate) error {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := make(chan struct{})
	go func() {
		defer close(served)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_ = tls.Server(conn, serving(cert)).HandshakeContext(t.Context()) // the client's error counts
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	err = tls.Client(conn, client).HandshakeContext(t.Context())
	conn.Close()
	<-served
	return err
}

// join puts parameters of a DSN together, leaving out empty ones.
func join(params ...string) string {
	var set []string
	for _, p := range params {
		if p != "" {
			set = append(set, p)
		}
	}
	return strings.Join(set, "&")
}
