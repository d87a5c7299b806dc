// Package leak holds the test that failed connections leave nothing behind. It has
// no code, and a package of its own so that no other test runs in the process whose
// goroutines and sockets it counts.
//
// Networks registered with [mysql.RegisterDialContext] are left out: a driver that
// panics there leaves its connection to nobody, as the documentation of rdsmysql
// says.
package leak

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

const (
	host  = "orders.c9akciq32rgc.eu-west-1.rds.amazonaws.com"
	other = "users.c9akciq32rgc.eu-west-1.rds.amazonaws.com"

	attempts = 1000
	workers  = 8

	// bound ends what should have ended long before. patience, which begins when the
	// server has accepted the connection, ends what would never.
	bound    = time.Minute
	patience = 50 * time.Millisecond
)

func TestMain(m *testing.M) {
	for _, variable := range os.Environ() { // pgx reads them
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "PG") {
			os.Unsetenv(name)
		}
	}
	os.Setenv("HOME", os.DevNull)
	if err := mysql.SetLogger(&mysql.NopLogger{}); err != nil { // it logs what attackers do
		panic(err)
	}
	os.Exit(m.Run())
}

var authority = sync.OnceValue(func() *testcerts.Authority { return testcerts.New("eu-west-1", testcerts.ECC384) })

func serving(cert tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

// A connectFunc connects to a server, which must fail.
type connectFunc func(ctx context.Context, addr string) error

// An attacker is a server that no client may accept, and those who try.
type attacker struct {
	server  *fakedb.Server
	silent  bool
	clients []connectFunc
	one     sync.Mutex // one client at a time, if the server is silent
}

// TestNothingLeft counts what is there before and after 1,000 failures.
func TestNothingLeft(t *testing.T) {
	attack(t, 2*workers) // what is made once per process is made now
	before := count(t)
	attack(t, attempts)
	settle(t, before)
}

// TestNothingLeftCounts is the control: one connection and one goroutine are seen.
func TestNothingLeftCounts(t *testing.T) {
	server := listen(t)(fakedb.ListenMySQL(fakedb.MySQLOptions{}))
	before := count(t)
	conn, err := net.Dial("tcp", server.Addr())
	if err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = conn.Read(make([]byte, 1<<10)) // the greeting
		_, _ = conn.Read(make([]byte, 1))     // until it is closed
	}()
	got := count(t)
	if got.goroutines <= before.goroutines || before.files > 0 && got.files <= before.files {
		t.Errorf("with one goroutine and connection more: %v, before: %v", got, before)
	}
	conn.Close()
	<-over
	if err := server.Close(); err != nil {
		t.Error(err)
	}
}

// attack makes n connections, spread over all attackers and clients, and ends when
// the servers have seen each closed by the client.
func attack(t *testing.T, n int) {
	t.Helper()
	all := attackers(t)
	var wg sync.WaitGroup
	next := make(chan int)
	for range workers {
		wg.Go(func() {
			for i := range next {
				a := all[i%len(all)]
				attempt(t, a, a.clients[i/len(all)%len(a.clients)])
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	wg.Wait()
	var seen int
	for i, a := range all {
		ctx, cancel := context.WithTimeout(t.Context(), bound)
		conns, err := a.server.Wait(ctx)
		cancel()
		if err != nil {
			t.Errorf("attacker %d: %v: the client has left connections open", i, err)
		}
		seen += len(conns)
		if err := a.server.Close(); err != nil {
			t.Error(err)
		}
	}
	if seen < n {
		t.Errorf("the attackers saw %d connections, want at least %d", seen, n)
	}
}

func attempt(t *testing.T, a *attacker, connect connectFunc) {
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	if a.silent {
		if err := interrupt(ctx, a, connect); err == nil || ctx.Err() != nil {
			t.Errorf("connect = %v, want it interrupted", err)
		}
		return
	}
	if err := connect(ctx, a.server.Addr()); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("connect = %v, want it refused", err)
	}
}

// interrupt connects to a silent server, and ends that once the server has had the
// connection for a while. Time that passes before, on a busy machine, does not count.
func interrupt(ctx context.Context, a *attacker, connect connectFunc) error {
	a.one.Lock()
	defer a.one.Unlock()
	inner, cancel := context.WithCancel(ctx)
	defer cancel()
	before := len(a.server.Conns())
	ended := make(chan error, 1)
	go func() { ended <- connect(inner, a.server.Addr()) }()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for len(a.server.Conns()) == before {
		select {
		case err := <-ended:
			return err
		case <-tick.C:
		}
	}
	select {
	case err := <-ended:
		return err
	case <-time.After(patience):
	}
	cancel()
	return <-ended
}

// attackers starts one server for each kind of failure.
func attackers(t *testing.T) []*attacker {
	t.Helper()
	wrong := serving(authority().Instance(other))
	right := serving(authority().Instance(host))
	var all []*attacker
	for _, opts := range []fakedb.PostgresOptions{{Plaintext: true}, {TLS: wrong}} {
		all = append(all, &attacker{server: listen(t)(fakedb.ListenPostgres(opts)), silent: false, clients: postgres})
	}
	for _, opts := range []fakedb.MySQLOptions{{Plaintext: true}, {TLS: wrong}} {
		all = append(all, &attacker{server: listen(t)(fakedb.ListenMySQL(opts)), silent: false, clients: mysqls})
	}
	for _, b := range fakedb.HostilePostgres() {
		silent := strings.HasPrefix(b.Name, "silent") || b.Name == "slow-drip"
		s := listen(t)(fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: right, Plaintext: true, Behavior: b}))
		all = append(all, &attacker{server: s, silent: silent, clients: postgres})
	}
	for i, b := range append(fakedb.HostileMySQL(), fakedb.MalformedGreetings()...) {
		silent := strings.HasPrefix(b.Name, "silent") || b.Name == "slow-drip"
		if strings.HasPrefix(b.Name, "greeting-of") && i%6 != 0 {
			continue // some of many lengths
		}
		s := listen(t)(fakedb.ListenMySQL(fakedb.MySQLOptions{TLS: wrong, Plaintext: true, Behavior: b}))
		all = append(all, &attacker{server: s, silent: silent, clients: mysqls})
	}
	return all
}

func listen(t *testing.T) func(*fakedb.Server, error) *fakedb.Server {
	return func(s *fakedb.Server, err error) *fakedb.Server {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

func options() *rdstls.Options {
	return &rdstls.Options{Roots: authority().Pool(), ServerName: host}
}

var postgres = []connectFunc{
	func(ctx context.Context, addr string) error {
		conn, err := rdspgx.Connect(ctx, "postgres://u:p@"+addr+"/d", options())
		if err != nil {
			return err
		}
		return conn.Close(ctx)
	},
	func(ctx context.Context, addr string) error {
		pool, err := rdspgx.NewPool(ctx, "postgres://u:p@"+addr+"/d", options())
		if err != nil {
			return err
		}
		defer pool.Close()
		return pool.Ping(ctx)
	},
	func(ctx context.Context, addr string) error {
		db, err := rdspgx.OpenDB("postgres://u:p@"+addr+"/d", options())
		if err != nil {
			return err
		}
		defer db.Close()
		return db.PingContext(ctx)
	},
}

var mysqls = []connectFunc{
	func(ctx context.Context, addr string) error {
		db, err := rdsmysql.OpenDB("u:p@tcp("+addr+")/d?allowCleartextPasswords=true", options())
		if err != nil {
			return err
		}
		defer db.Close()
		return db.PingContext(ctx)
	},
	func(ctx context.Context, addr string) error {
		cfg, err := mysql.ParseDSN("u:p@tcp(" + addr + ")/d?allowCleartextPasswords=true")
		if err != nil {
			return err
		}
		cfg.DialFunc = (&net.Dialer{}).DialContext
		c, err := rdsmysql.NewConnector(cfg, options())
		if err != nil {
			return err
		}
		conn, err := c.Connect(ctx)
		if err != nil {
			return err
		}
		return conn.Close()
	},
}
