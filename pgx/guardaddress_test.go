package rdspgx_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// TLS has no names for IP addresses.
func TestGuardAddresses(t *testing.T) {
	t.Parallel()
	right, impostor := ca.Leaf(withLoopback, "loopback.example"), ca.Impostor().Leaf(withLoopback, "loopback.example")
	elsewhere := ca.Instance("loopback.example")
	for _, f := range forms {
		for _, m := range modes {
			t.Run(fmt.Sprintf("%s/%s", f, m.name), func(t *testing.T) {
				t.Parallel()
				evil1 := listen(t, fakedb.PostgresOptions{Plaintext: true, TLS: serving(impostor)})
				evil2 := listen(t, fakedb.PostgresOptions{Plaintext: true, TLS: serving(elsewhere)})
				last := listen(t, fakedb.PostgresOptions{TLS: serving(right)})
				// A name among the addresses must not be mistaken for one of them.
				hosts := []string{evil1.Addr(), orders + ":1", evil2.Addr(), last.Addr()}
				cfg := parse(t, f.dsn(hosts, m.params...))
				named := listen(t, fakedb.PostgresOptions{Plaintext: true, TLS: serving(right)})
				route(cfg, map[string]string{orders: named.Addr()})
				configure(t, cfg, trust())
				wantConnect(t, cfg)
				for _, evil := range []*fakedb.Server{evil1, named, evil2} {
					wantNothing(t, evil)
				}
				wantLogin(t, last)
			})
		}
	}
}

// Addresses share the name that TLS reports for them, none. Each is verified as
// what it is.
func TestGuardTwoAddresses(t *testing.T) {
	t.Parallel()
	const one, two = "127.0.0.1", "::1"
	of := func(address string) tls.Certificate {
		return ca.Leaf(func(leaf *x509.Certificate) { leaf.IPAddresses = []net.IP{net.ParseIP(address)} }, "loopback.example")
	}
	for _, tt := range []struct {
		name  string
		certs map[string]tls.Certificate // those that are not there are down
		want  bool
	}{
		{"first", map[string]tls.Certificate{one: of(one)}, true},
		{"second", map[string]tls.Certificate{two: of(two)}, true},
		{"second-after-impostor", map[string]tls.Certificate{one: of(two), two: of(two)}, true},
		{"exchanged", map[string]tls.Certificate{one: of(two), two: of(one)}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			addrs := map[string]string{one: down, two: down}
			for address, cert := range tt.certs {
				addrs[address] = listen(t, fakedb.PostgresOptions{TLS: serving(cert)}).Addr()
			}
			cfg := parse(t, asKeyValue.dsn([]string{one, two}))
			route(cfg, addrs)
			configure(t, cfg, trust())
			if err := connect(bounded(t), cfg); (err == nil) != tt.want {
				t.Errorf("connect = %v, want success %v", err, tt.want)
			}
		})
	}
}

// An insecure fallback to an address is not saved by the other addresses.
func TestGuardInsecureAddress(t *testing.T) {
	t.Parallel()
	impostor := ca.Impostor().Leaf(withLoopback, "loopback.example")
	for _, hosts := range [][]string{{"127.0.0.1"}, {orders}} {
		evil := listen(t, fakedb.PostgresOptions{Plaintext: true, TLS: serving(impostor)})
		cfg := parse(t, asURL.dsn(hosts))
		route(cfg, map[string]string{orders: down, "127.0.0.1": evil.Addr()})
		configure(t, cfg, trust())
		cfg.Fallbacks = append(cfg.Fallbacks, &pgconn.FallbackConfig{
			Host: "127.0.0.1", Port: 5432, TLSConfig: &tls.Config{InsecureSkipVerify: true},
		})
		if err := connect(bounded(t), cfg); !errors.Is(err, rdstls.ErrUnverified) {
			t.Errorf("connect with %q and an insecure address = %v, want %v", hosts, err, rdstls.ErrUnverified)
		}
		wantNothing(t, evil)
	}
}

func TestGuardTwoPorts(t *testing.T) {
	t.Parallel()
	for _, f := range forms {
		for _, m := range modes {
			t.Run(fmt.Sprintf("%s/%s", f, m.name), func(t *testing.T) {
				t.Parallel()
				evil := attackerNamed(t, "cloned-root").listen(t)
				right := honest(t, orders)
				cfg := parse(t, f.dsn([]string{orders + ":1", orders + ":2"}, m.params...))
				route(cfg, map[string]string{orders + ":1": evil.Addr(), orders + ":2": right.Addr()})
				configure(t, cfg, trust())
				wantConnect(t, cfg)
				wantNothing(t, evil)
				wantLogin(t, right)
			})
		}
	}
}
