package rdspgx_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// TestMain makes the tests independent of who runs them: pgx reads these
// variables, and files of the home directory.
func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "PG") {
			os.Unsetenv(name)
		}
	}
	os.Setenv("HOME", os.DevNull)
	os.Exit(servers.Run(m))
}

// Endpoints of one Region.
const (
	orders  = "orders.c9akciq32.eu-west-1.rds.amazonaws.com"
	billing = "billing.c9akciq32.eu-west-1.rds.amazonaws.com"
	archive = "archive.cluster-c9akciq32.eu-west-1.rds.amazonaws.com"
)

// ca stands for the authority of the Region of these endpoints.
var ca = testcerts.New("eu-west-1", testcerts.RSA2048)

// What must not reach an unverified server.
const (
	canaryUser     = "heliotropemarmaladeuser"
	canaryPassword = "obsidianpumpernickelpassword"
	canaryDatabase = "quixoticlanterndatabase"
)

// trust returns options that trust ca instead of the embedded roots.
func trust() *rdstls.Options { return &rdstls.Options{Roots: ca.Pool()} }

// trustWith returns options that trust ca, with a function that supplies passwords.
func trustWith(password rdstls.PasswordFunc) *rdstls.Options {
	return &rdstls.Options{Roots: ca.Pool(), Password: password}
}

// A form is a way to write a connection string.
type form string

const (
	asURL      form = "URL"
	asKeyValue form = "key-value"
)

var forms = []form{asURL, asKeyValue}

// dsn returns a connection string for hosts, each "host" or "host:port", and
// further parameters, each "key=value".
func (f form) dsn(hosts []string, params ...string) string {
	if f == asURL {
		query := make(url.Values)
		for _, p := range params {
			key, value, _ := strings.Cut(p, "=")
			query.Add(key, value)
		}
		return fmt.Sprintf("postgres://%s:%s@%s/%s?%s",
			canaryUser, canaryPassword, strings.Join(hosts, ","), canaryDatabase, query.Encode())
	}
	var names, ports []string
	for _, h := range hosts {
		name, port, err := net.SplitHostPort(h)
		if err != nil {
			name, port = h, ""
		}
		names, ports = append(names, name), append(ports, port)
	}
	words := []string{
		"host=" + strings.Join(names, ","), "user=" + canaryUser,
		"password=" + canaryPassword, "dbname=" + canaryDatabase,
	}
	if strings.Join(ports, "") != "" {
		words = append(words, "port="+strings.Join(ports, ","))
	}
	for _, p := range params {
		key, value, _ := strings.Cut(p, "=")
		words = append(words, fmt.Sprintf("%s='%s'", key, value))
	}
	return strings.Join(words, " ")
}

// A mode is a spelling of sslmode that does not ask for plaintext outright.
type mode struct {
	name   string
	params []string
}

var modes = []mode{
	{"unset", nil},
	{"empty", []string{"sslmode="}},
	{"allow", []string{"sslmode=allow"}},
	{"prefer", []string{"sslmode=prefer"}},
	{"require", []string{"sslmode=require"}},
	{"verify-ca", []string{"sslmode=verify-ca"}},
	{"verify-full", []string{"sslmode=verify-full"}},
}

func parse(t testing.TB, connString string) *pgx.ConnConfig {
	t.Helper()
	cfg, err := pgx.ParseConfig(connString)
	if err != nil {
		t.Fatalf("pgx.ParseConfig(%q) = %v", connString, err)
	}
	return cfg
}

// writeFile writes a file of the test and returns its path.
func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := t.TempDir() + "/" + name
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// patience is how long a test waits for what must not happen, or for a server
// that is silent. testTimeout ends what should have ended long before.
const (
	patience    = 300 * time.Millisecond
	testTimeout = time.Minute
)

// bounded returns a context for what must end soon, but need not on a machine
// that is busy.
func bounded(t testing.TB) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTimeout)
	t.Cleanup(cancel)
	return ctx
}

func listen(t testing.TB, opts fakedb.PostgresOptions) *fakedb.Server {
	t.Helper()
	return fakedb.Started(t)(fakedb.ListenPostgres(opts))
}

func serving(certs ...tls.Certificate) *tls.Config { return &tls.Config{Certificates: certs} }

// honest starts a server that has the certificate of the given endpoints.
func honest(t testing.TB, names ...string) *fakedb.Server {
	t.Helper()
	return listen(t, fakedb.PostgresOptions{TLS: serving(ca.Leaf(nil, names...))})
}

// down is the address of a server that is down. A port that was closed a moment
// ago would not do: another test may listen there by now.
const down = "down"

// route sends what cfg dials by name, "host:port" or "host" for any port, to
// other addresses. Whatever else is not an address of loopback goes nowhere.
func route(cfg *pgx.ConnConfig, addrs map[string]string) {
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(addr)
		if err != nil {
			return nil, err
		}
		to, ok := addrs[addr]
		if !ok {
			to, ok = addrs[host]
		}
		switch {
		case to == down:
			return nil, fmt.Errorf("%q is down", addr)
		case ok:
		case net.ParseIP(host).IsLoopback(): // of a cancel request
			to = addr
		default:
			return nil, fmt.Errorf("no route to %q", addr)
		}
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, to)
	}
}

// configFor returns a configuration for orders that leads to s.
func configFor(t testing.TB, s *fakedb.Server) *pgx.ConnConfig {
	t.Helper()
	cfg := parse(t, asURL.dsn([]string{orders}))
	route(cfg, map[string]string{orders: s.Addr()})
	return cfg
}

// configure calls Configure, which must accept cfg.
func configure(t testing.TB, cfg *pgx.ConnConfig, opts *rdstls.Options) {
	t.Helper()
	if err := rdspgx.Configure(cfg, opts); err != nil {
		t.Fatalf("Configure(%q) = %v, want nil", cfg.ConnString(), err)
	}
}

// connect connects with cfg and makes a query, and closes.
func connect(ctx context.Context, cfg *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	var one int
	err = conn.QueryRow(ctx, "select 1").Scan(&one)
	return errors.Join(err, conn.Close(ctx))
}

// wantConnect fails the test unless connect succeeds.
func wantConnect(t testing.TB, cfg *pgx.ConnConfig) {
	t.Helper()
	if err := connect(bounded(t), cfg); err != nil {
		t.Fatalf("connect = %v, want nil", err)
	}
}

// leaks returns what s received that an unverified server must not receive.
func leaks(t testing.TB, s *fakedb.Server) []string {
	return s.Leaks(t, canaryUser, canaryPassword, canaryDatabase)
}

// wantOnlyHandshake fails the test unless s was connected to and received at most a
// SSLRequest and a handshake.
func wantOnlyHandshake(t testing.TB, s *fakedb.Server) {
	t.Helper()
	s.WantOnlyHandshake(t, canaryUser, canaryPassword, canaryDatabase)
}

// wantNothing is wantOnlyHandshake for a handshake that must have failed.
func wantNothing(t testing.TB, s *fakedb.Server) {
	t.Helper()
	s.WantNothing(t, canaryUser, canaryPassword, canaryDatabase)
}

// wantDirect fails the test if a client of s sent SSLRequest.
func wantDirect(t testing.TB, s *fakedb.Server) {
	t.Helper()
	for _, c := range s.Ended(t) {
		if c.TLSRequested() {
			t.Error("the server received SSLRequest, want direct TLS")
		}
	}
}

// wantLogin fails the test unless s was logged in to with the whole truth.
func wantLogin(t testing.TB, s *fakedb.Server) {
	t.Helper()
	conns := s.Ended(t)
	want := fakedb.Login{User: canaryUser, Database: canaryDatabase, Password: canaryPassword}
	for _, c := range conns {
		if _, secure := c.TLS(); secure && c.Login() == want {
			return
		}
	}
	t.Errorf("honest server: no login over TLS as %+v in %d connections", want, len(conns))
}
