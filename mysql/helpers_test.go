package rdsmysql_test

import (
	"context"
	"crypto/fips140"
	"crypto/tls"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

const (
	orders  = "orders.c9akciq32rgc.eu-west-1.rds.amazonaws.com"
	billing = "billing.c9akciq32rgc.eu-west-1.rds.amazonaws.com"

	// What must not leave the program, except to a verified server. The words are
	// not found anywhere by accident.
	canaryUser     = "usr-Zq7vK2mXw9Tb"
	canaryPassword = "pwd-8RfHn3LcYe5U"
	canaryDatabase = "dbn-G4sJx6PaWo1D"

	// testTimeout ends what should have ended long before.
	testTimeout = 30 * time.Second
)

var (
	// ca stands for the CA of the Region of these endpoints.
	ca            = testcerts.New("eu-west-1", testcerts.RSA2048)
	otherRegionCA = testcerts.New("us-east-1", testcerts.RSA2048)
)

// trust returns options that trust ca instead of the embedded roots.
func trust() *rdstls.Options { return &rdstls.Options{Roots: ca.Pool()} }

// trustWith returns options that trust ca, with a function that supplies passwords.
func trustWith(password rdstls.PasswordFunc) *rdstls.Options {
	return &rdstls.Options{Roots: ca.Pool(), Password: password}
}

// bounded returns a context for what must end soon, but need not on a machine
// that is busy.
func bounded(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	t.Cleanup(cancel)
	return ctx
}

func serving(certs ...tls.Certificate) *tls.Config { return &tls.Config{Certificates: certs} }

// The TLS config keys that DSNs in the tests name with tls=.
const (
	registered  = "registered"   // by RegisterTLSConfig
	handWritten = "hand-written" // with the driver, accepting any server
)

// setupErr is the error of what is set for the whole process, before any test runs.
var setupErr = errors.Join(
	mysql.SetLogger(&mysql.NopLogger{}), // the driver logs what hostile servers do
	rdsmysql.RegisterTLSConfig(registered, nil),
	mysql.RegisterTLSConfig(handWritten, &tls.Config{InsecureSkipVerify: true}),
)

func parse(t testing.TB, dsn string) *mysql.Config {
	t.Helper()
	if setupErr != nil {
		t.Fatal(setupErr)
	}
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		t.Fatalf("ParseDSN(%q) = %v", dsn, err)
	}
	return cfg
}

func listen(t testing.TB, opts fakedb.MySQLOptions) *fakedb.Server {
	t.Helper()
	return fakedb.Started(t)(fakedb.ListenMySQL(opts))
}

// honest starts a server that has the certificate of the given endpoints, and asks
// for the password in cleartext.
func honest(t testing.TB, names ...string) *fakedb.Server {
	t.Helper()
	return listen(t, fakedb.MySQLOptions{TLS: serving(ca.Leaf(nil, names...))})
}

// wantOnlyHandshake fails the test unless s was connected to and received at most a
// TLS request and a handshake.
func wantOnlyHandshake(t testing.TB, s *fakedb.Server) {
	t.Helper()
	s.WantOnlyHandshake(t, canaryUser, canaryPassword, canaryDatabase)
}

// wantNothing is wantOnlyHandshake for a handshake that must have failed.
func wantNothing(t testing.TB, s *fakedb.Server) {
	t.Helper()
	s.WantNothing(t, canaryUser, canaryPassword, canaryDatabase)
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

// configure calls Configure, which must accept cfg.
func configure(t testing.TB, cfg *mysql.Config, opts *rdstls.Options) {
	t.Helper()
	if err := rdsmysql.Configure(cfg, opts); err != nil {
		t.Fatalf("Configure(%+v) = %v, want nil", opts, err)
	}
}

// newConnector calls NewConnector, which must accept cfg.
func newConnector(t testing.TB, cfg *mysql.Config, opts *rdstls.Options) driver.Connector {
	t.Helper()
	c, err := rdsmysql.NewConnector(cfg, opts)
	if err != nil {
		t.Fatalf("NewConnector(%+v) = %v, want nil", opts, err)
	}
	return c
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

// withFakeTime runs test with the fake clock of testing/synctest. In the FIPS 140-3
// mode of Go it does nothing: the random generator takes entropy from the clock
// (crypto/internal/entropy), and panics when that does not advance.
func withFakeTime(t *testing.T, test func(*testing.T)) {
	t.Helper()
	if !fips140.Enabled() {
		synctest.Test(t, test)
	}
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
