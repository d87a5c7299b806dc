package rdspgx_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rdstls/go/internal/fakedb"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

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
	{"ParseConfig", func(ctx context.Context, connString string, opts *rdstls.Options) error {
		cfg, err := rdspgx.ParseConfig(connString, opts)
		if err != nil {
			return err
		}
		return connect(ctx, cfg)
	}},
	{"ParsePoolConfig", func(ctx context.Context, connString string, opts *rdstls.Options) error {
		cfg, err := rdspgx.ParsePoolConfig(connString, opts)
		if err != nil {
			return err
		}
		pool, err := pgxpool.NewWithConfig(ctx, cfg)
		if err != nil {
			return err
		}
		defer pool.Close()
		return pool.Ping(ctx)
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

func withLoopback(leaf *x509.Certificate) { leaf.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)} }
