package rdspgx_test

// How pgx, left to its defaults, sends the password to whoever answers.
//
// A connection string without sslmode means sslmode=prefer, as in libpq: TLS
// without verification and then, if anything at all goes wrong, plaintext.
// An attacker between client and server who answers the TLS request with one
// byte, 'N', is sent user, database and password in cleartext. With sslmode=require
// he needs a certificate, but any will do. With sslmode=verify-ca he needs one
// of the same authority, which every customer of RDS has. With a list of hosts,
// one weak entry is enough. And whoever can set an environment variable or write
// a service file can choose all of this, roots included, for strings that do not
// mention it.
//
// These tests are the attackers. Each asserts on the bytes that an attacker
// received: the TLS request and a ClientHello, and nothing else. The tests
// of the stock driver, at the end, show the same servers receiving everything.

import (
	"context"
	"crypto/tls"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
)

// An attacker answers in the place of orders. He asks for the password in cleartext
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
	onlyHost   = "only-host"
	firstHost  = "first-of-two"
	secondHost = "second-of-two"
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
	configure(t, cfg, trust())
	err := connect(bounded(t), cfg)
	if (err == nil) != (s.honest != nil) {
		t.Errorf("connect = %v, want success %v", err, s.honest != nil)
	}
	wantNothing(t, s.evil)
	if s.honest != nil {
		wantLogin(t, s.honest)
	}
}

// TestHazardModes checks that an attacker receives nothing, with every sslmode, form
// of the connection string and place in the list of hosts.
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

// TestHazardRootFile checks that a connection string cannot ask for an attacker's
// roots.
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

// TestHazardCertificates checks that no bad certificate is accepted.
func TestHazardCertificates(t *testing.T) {
	t.Parallel()
	for _, bad := range badLeaves() {
		t.Run(bad.Name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, attacker{bad.Name, &bad.Cert}, onlyHost)
			s.play(t, asURL.dsn(s.hosts, "sslmode=require"))
		})
	}
}

// TestHazardBehaviors checks that attackers who break the protocol before TLS
// receive nothing.
func TestHazardBehaviors(t *testing.T) {
	t.Parallel()
	cert := ca.Instance(orders)
	for _, b := range fakedb.HostilePostgres() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			for _, config := range []*tls.Config{nil, serving(cert)} {
				evil := listen(t, fakedb.PostgresOptions{Plaintext: true, TLS: config, Behavior: b})
				cfg := configFor(t, evil)
				configure(t, cfg, trust())
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				err := connect(ctx, cfg)
				cancel()
				if err == nil {
					t.Error("connect = nil, want an error")
				}
				wantOnlyHandshake(t, evil)
			}
		})
	}
}
