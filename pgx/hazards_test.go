package rdspgx_test

// How pgx, left to its defaults, sends the password to whoever answers.
//
// A connection string without sslmode means sslmode=prefer, as in libpq: TLS
// without verification and then, if anything at all goes wrong, plaintext.
// Somebody between client and server who answers the request for TLS with one
// byte, 'N', is sent user, database and password in clear. With sslmode=require
// he needs a certificate, but any will do. With sslmode=verify-ca he needs one
// of the same authority, which every customer of RDS has. With a list of hosts,
// one weak entry is enough. And whoever can set an environment variable or write
// a service file can choose all of this, roots included, for strings that do not
// mention it.
//
// These tests are the attackers. Each asserts on the bytes that an attacker
// received: the request for TLS and a ClientHello, and nothing else. The tests
// of the stock driver, at the end, show the same servers receiving everything.

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// An attacker answers in the place of orders. He asks for the password in clear
// and takes plaintext from whoever offers it.
type attacker struct {
	name string
	cert *tls.Certificate // nil if he refuses TLS
}

func (a attacker) listen(t testing.TB) *fakedb.Server {
	t.Helper()
	opts := fakedb.PostgresOptions{Plaintext: true}
	if a.cert != nil {
		opts.TLS = serving(*a.cert)
	}
	return listen(t, opts)
}

// attackers are those who differ for the driver. The others of testcerts.Bad
// differ for crypto/tls alone.
var attackers = sync.OnceValue(func() []attacker {
	all := []attacker{{"refuses-tls", nil}}
	for _, bad := range badLeaves() {
		switch bad.Name {
		case "self-signed", "cloned-root", "other-region", "other-host":
			all = append(all, attacker{bad.Name, &bad.Cert})
		}
	}
	return all
})

var badLeaves = sync.OnceValue(func() []testcerts.BadLeaf { return testcerts.Bad(ca, orders) })

// Where an attacker can stand. Of two hosts, the other one is billing.
const (
	onlyHost   = "only host"
	firstHost  = "first of two, the second honest"
	secondHost = "second of two, the first down"
)

var places = []string{onlyHost, firstHost, secondHost}

// A scene is an attacker in his place.
type scene struct {
	evil, honest *fakedb.Server // honest is nil unless there is one
	hosts        []string
	addrs        map[string]string
}

func newScene(t testing.TB, a attacker, place string) scene {
	t.Helper()
	s := scene{evil: a.listen(t), hosts: []string{orders}}
	s.addrs = map[string]string{orders: s.evil.Addr()}
	switch place {
	case firstHost:
		s.honest = honest(t, billing)
		s.hosts = []string{orders, billing}
		s.addrs[billing] = s.honest.Addr()
	case secondHost:
		s.hosts = []string{billing, orders}
		s.addrs[billing] = down
	}
	return s
}

// play connects with a connection string, and asserts on what everybody received.
func (s scene) play(t *testing.T, connString string) {
	t.Helper()
	cfg := parse(t, connString)
	route(cfg, s.addrs)
	if err := rdspgx.Configure(cfg, trust()); err != nil {
		t.Fatalf("Configure(%q) = %v, want nil", connString, err)
	}
	err := connect(bounded(t), cfg)
	if (err == nil) != (s.honest != nil) {
		t.Errorf("connect = %v, want success %v", err, s.honest != nil)
	}
	wantNothing(t, s.evil)
	if s.honest != nil {
		wantLogin(t, s.honest)
	}
}

func TestHazardModes(t *testing.T) {
	t.Parallel()
	for _, a := range attackers() {
		for _, place := range places {
			for _, f := range forms {
				for _, m := range modes {
					t.Run(fmt.Sprintf("%s/%s/%s/%s", a.name, place, f, m.name), func(t *testing.T) {
						t.Parallel()
						s := newScene(t, a, place)
						s.play(t, f.dsn(s.hosts, m.params...))
					})
				}
			}
		}
	}
}

// The connection string can ask for roots of the attacker's.
func TestHazardRootFile(t *testing.T) {
	t.Parallel()
	evilRoots := writeFile(t, "evil.crt", ca.Impostor().PEM())
	for _, a := range attackers() {
		for _, m := range modes {
			t.Run(a.name+"/"+m.name, func(t *testing.T) {
				t.Parallel()
				s := newScene(t, a, onlyHost)
				s.play(t, asURL.dsn(s.hosts, append(slices.Clone(m.params), "sslrootcert="+evilRoots)...))
			})
		}
	}
}

func TestHazardCertificates(t *testing.T) {
	t.Parallel()
	for _, bad := range badLeaves() {
		t.Run(fmt.Sprintf("%q", bad.Name), func(t *testing.T) {
			t.Parallel()
			s := newScene(t, attacker{bad.Name, &bad.Cert}, onlyHost)
			s.play(t, asURL.dsn(s.hosts, "sslmode=require"))
		})
	}
}

// Attackers who break the protocol before TLS.
func TestHazardBehaviours(t *testing.T) {
	t.Parallel()
	cert := ca.Instance(orders)
	for _, b := range fakedb.HostilePostgres() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			for _, config := range []*tls.Config{nil, serving(cert)} {
				evil := listen(t, fakedb.PostgresOptions{Plaintext: true, TLS: config, Behaviour: b})
				cfg := parse(t, asURL.dsn([]string{orders}))
				route(cfg, map[string]string{orders: evil.Addr()})
				if err := rdspgx.Configure(cfg, trust()); err != nil {
					t.Fatalf("Configure = %v, want nil", err)
				}
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				err := connect(ctx, cfg)
				cancel()
				if err == nil {
					t.Error("connect = nil, want an error")
				}
				_, held := secretsHeld(t, evil, sslRequest)
				for _, h := range held {
					t.Errorf("the attacker received %s", h)
				}
			}
		})
	}
}

// An environment is set by somebody else than who wrote the connection string.
type environment struct {
	name string
	vars map[string]string
}

func environments(t *testing.T) []environment {
	t.Helper()
	evilRoots := writeFile(t, "evil.crt", ca.Impostor().PEM())
	service := writeFile(t, "service.conf", fmt.Appendf(nil, "[evil]\nsslmode=prefer\nsslrootcert=%s\n", evilRoots))
	all := []environment{
		{"PGSSLROOTCERT", map[string]string{"PGSSLROOTCERT": evilRoots}},
		{"PGSERVICE", map[string]string{"PGSERVICE": "evil", "PGSERVICEFILE": service}},
		{"PGSSLSNI", map[string]string{"PGSSLSNI": "0"}},
	}
	for _, sslmode := range []string{"allow", "prefer", "require", "verify-ca"} {
		all = append(all, environment{"PGSSLMODE=" + sslmode, map[string]string{"PGSSLMODE": sslmode}})
	}
	return all
}

func TestHazardEnvironment(t *testing.T) {
	for _, env := range environments(t) {
		t.Run(env.name, func(t *testing.T) {
			for name, value := range env.vars {
				t.Setenv(name, value)
			}
			for i, a := range attackers() {
				for j, m := range modes {
					// Each attacker and mode meets one form and one place.
					s := newScene(t, a, places[(i+j)%len(places)])
					s.play(t, forms[(i+j)%len(forms)].dsn(s.hosts, m.params...))
				}
			}
		})
	}
}

// Plaintext that the environment asks for is an error, not a connection.
func TestHazardEnvironmentPlaintext(t *testing.T) {
	service := writeFile(t, "service.conf", []byte("[evil]\nsslmode=disable\n"))
	for _, env := range []environment{
		{"PGSSLMODE", map[string]string{"PGSSLMODE": "disable"}},
		{"PGSERVICE", map[string]string{"PGSERVICE": "evil", "PGSERVICEFILE": service}},
	} {
		t.Run(env.name, func(t *testing.T) {
			for name, value := range env.vars {
				t.Setenv(name, value)
			}
			for _, f := range forms {
				cfg := parse(t, f.dsn([]string{orders}))
				before := fingerprint(cfg)
				err := rdspgx.Configure(cfg, nil)
				wantConfigError(t, "Configure", err, "sslmode", rdstls.ErrPlaintext)
				wantSame(t, before, fingerprint(cfg))
			}
		})
	}
}

// A database handle keeps the settings it was opened with. sql.Open reads the
// environment at each connection.
func TestHazardEnvironmentLater(t *testing.T) {
	evil := attacker{name: "refuses-tls"}.listen(t)
	db, err := rdspgx.OpenDB(asURL.dsn([]string{evil.Addr()}), &rdstls.Options{ServerName: orders, Roots: ca.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	t.Setenv("PGSSLMODE", "disable")
	if err := db.PingContext(bounded(t)); err == nil {
		t.Error("Ping = nil, want an error")
	}
	wantNothing(t, evil)
}

// An entry is one of the package's replacements for functions of the driver.
type entry struct {
	name    string
	connect func(ctx context.Context, connString string, opts *rdstls.Options) error
}

var entries = []entry{
	{"Connect", func(ctx context.Context, connString string, opts *rdstls.Options) error {
		conn, err := rdspgx.Connect(ctx, connString, opts)
		if err != nil {
			return err
		}
		return errors.Join(conn.Ping(ctx), conn.Close(ctx))
	}},
	{"NewPool", func(ctx context.Context, connString string, opts *rdstls.Options) error {
		pool, err := rdspgx.NewPool(ctx, connString, opts)
		if err != nil {
			return err
		}
		defer pool.Close()
		return pool.Ping(ctx)
	}},
	{"OpenDB", func(ctx context.Context, connString string, opts *rdstls.Options) error {
		db, err := rdspgx.OpenDB(connString, opts)
		if err != nil {
			return err
		}
		return errors.Join(db.PingContext(ctx), db.Close())
	}},
}

// The entry points dial by themselves, so their servers are at an address of
// loopback, and ServerName says whom to expect there.
func TestHazardEntries(t *testing.T) {
	t.Parallel()
	opts := trust()
	opts.ServerName = orders
	for _, e := range entries {
		for _, f := range forms {
			for _, m := range modes {
				t.Run(fmt.Sprintf("%s/%s/%s", e.name, f, m.name), func(t *testing.T) {
					t.Parallel()
					for _, a := range attackers() {
						evil := a.listen(t)
						if err := e.connect(bounded(t), f.dsn([]string{evil.Addr()}, m.params...), opts); err == nil {
							t.Errorf("%s to %s = nil, want an error", e.name, a.name)
						}
						wantNothing(t, evil)
					}
					right := honest(t, orders)
					if err := e.connect(bounded(t), f.dsn([]string{right.Addr()}, m.params...), opts); err != nil {
						t.Errorf("%s to the honest server = %v, want nil", e.name, err)
					}
					wantLogin(t, right)
				})
			}
		}
	}
}

func TestHazardEntriesTwoHosts(t *testing.T) {
	t.Parallel()
	byAddress := ca.Leaf(withLoopback, "loopback.example")
	impostor := ca.Impostor().Leaf(withLoopback, "loopback.example")
	for _, e := range entries {
		for _, f := range forms {
			for _, m := range modes {
				t.Run(fmt.Sprintf("%s/%s/%s", e.name, f, m.name), func(t *testing.T) {
					t.Parallel()
					for _, a := range []attacker{{"refuses-tls", nil}, {"impostor", &impostor}} {
						evil, right := a.listen(t), listen(t, fakedb.PostgresOptions{TLS: serving(byAddress)})
						connString := f.dsn([]string{evil.Addr(), right.Addr()}, m.params...)
						if err := e.connect(bounded(t), connString, trust()); err != nil {
							t.Errorf("%s = %v, want nil", e.name, err)
						}
						wantNothing(t, evil)
						wantLogin(t, right)
					}
				})
			}
		}
	}
}

// The control: what the stock driver gives the same attackers.
func TestStockDriverLeaks(t *testing.T) {
	t.Parallel()
	rootFile := writeFile(t, "root.crt", ca.PEM())
	evilRoots := writeFile(t, "evil.crt", ca.Impostor().PEM())
	all := []string{"refuses-tls", "self-signed", "cloned-root", "other-region", "other-host"}
	for _, test := range []struct {
		mode  mode
		leaks []string
	}{
		{mode{"unset", nil}, all},
		{mode{"empty", []string{"sslmode="}}, all},
		{mode{"allow", []string{"sslmode=allow"}}, all},
		{mode{"prefer", []string{"sslmode=prefer"}}, all},
		{mode{"require", []string{"sslmode=require"}}, all[1:]},
		{mode{"verify-ca", []string{"sslmode=verify-ca", "sslrootcert=" + rootFile}}, []string{"other-host"}},
		{mode{"verify-full with evil roots", []string{"sslmode=verify-full", "sslrootcert=" + evilRoots}}, []string{"cloned-root"}},
	} {
		for _, a := range attackers() {
			if !slices.Contains(test.leaks, a.name) {
				continue
			}
			for _, place := range places {
				for _, f := range forms {
					t.Run(fmt.Sprintf("%s/%s/%s/%s", test.mode.name, a.name, place, f), func(t *testing.T) {
						t.Parallel()
						s := newScene(t, a, place)
						cfg := parse(t, f.dsn(s.hosts, test.mode.params...))
						route(cfg, s.addrs)
						_ = connect(bounded(t), cfg) // whether it succeeds does not matter any more
						wantLeak(t, s.evil)
					})
				}
			}
		}
	}
}

func TestStockDriverEntriesLeak(t *testing.T) {
	t.Parallel()
	for _, e := range []entry{
		{"pgx.Connect", func(ctx context.Context, connString string, _ *rdstls.Options) error {
			conn, err := pgx.Connect(ctx, connString)
			if err != nil {
				return err
			}
			return conn.Close(ctx)
		}},
		{"pgxpool.New", func(ctx context.Context, connString string, _ *rdstls.Options) error {
			pool, err := pgxpool.New(ctx, connString)
			if err != nil {
				return err
			}
			defer pool.Close()
			return pool.Ping(ctx)
		}},
		{"sql.Open", func(ctx context.Context, connString string, _ *rdstls.Options) error {
			db, err := sql.Open("pgx", connString)
			if err != nil {
				return err
			}
			return errors.Join(db.PingContext(ctx), db.Close())
		}},
	} {
		for _, a := range attackers() {
			t.Run(e.name+"/"+a.name, func(t *testing.T) {
				t.Parallel()
				evil := a.listen(t)
				if err := e.connect(bounded(t), asURL.dsn([]string{evil.Addr()}), nil); err != nil {
					t.Errorf("%s = %v, want nil: the stock driver is content", e.name, err)
				}
				wantLeak(t, evil)
			})
		}
	}
}

// The environment decides for strings that do not say.
func TestStockDriverLeaksByEnvironment(t *testing.T) {
	for _, env := range environments(t) {
		t.Run(env.name, func(t *testing.T) {
			for name, value := range env.vars {
				t.Setenv(name, value)
			}
			leaked := 0
			for _, a := range attackers() {
				s := newScene(t, a, onlyHost)
				cfg := parse(t, asURL.dsn(s.hosts))
				route(cfg, s.addrs)
				_ = connect(bounded(t), cfg)
				if _, held := secretsHeld(t, s.evil, sslRequest); slices.Contains(held, canaryPassword) {
					leaked++
				}
			}
			// The roots of PGSSLMODE=verify-ca are the machine's: nobody here has one.
			if want := env.name != "PGSSLMODE=verify-ca"; (leaked > 0) != want {
				t.Errorf("%d attackers received the password, want some = %v", leaked, want)
			}
		})
	}
}

// wantLeak fails the test unless wantNothing would have failed, and for the
// best of reasons.
func wantLeak(t *testing.T, evil *fakedb.Server) {
	t.Helper()
	_, held := secretsHeld(t, evil, sslRequest)
	for _, canary := range []string{canaryUser, canaryPassword, canaryDatabase} {
		if !slices.Contains(held, canary) {
			t.Errorf("the attacker received %q and not %q: the tests of this file test nothing", held, canary)
		}
	}
}

func withLoopback(leaf *x509.Certificate) { leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} }
