package rdspgx_test

import (
	"context"
	"errors"
	"log"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rdstls/go/internal/fakeiam"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// chooseHost is the hook that the package documentation describes.
func chooseHost(choose func() string, opts *rdstls.Options) func(context.Context, *pgx.ConnConfig) error {
	return func(_ context.Context, cfg *pgx.ConnConfig) error {
		cfg.Host, cfg.Port, cfg.Fallbacks = choose(), 5432, nil
		return rdspgx.Configure(cfg, opts)
	}
}

// TestHostChosenAtRunTime checks the documented way to connect to a host that is
// chosen for each connection, with pgxpool and database/sql: each host must prove
// its own name, and gets a password of its own.
func TestHostChosenAtRunTime(t *testing.T) {
	t.Parallel()
	for _, configured := range []bool{false, true} {
		server, evil := honest(t, billing, archive), attackerNamed(t, "other-host").listen(t)
		cfg, err := pgxpool.ParseConfig(asURL.dsn([]string{orders}))
		if err != nil {
			t.Fatal(err)
		}
		route(cfg.ConnConfig, map[string]string{billing: server.Addr(), archive: server.Addr(), orders: evil.Addr()})
		m := fakeiam.Minter{Prefix: canaryPassword}
		opts := trustWith(m.Password)
		if configured {
			configure(t, cfg.ConnConfig, opts)
		}
		host := billing
		cfg.BeforeConnect = chooseHost(func() string { return host }, opts)
		pool, err := pgxpool.NewWithConfig(bounded(t), cfg)
		if err != nil {
			t.Fatal(err)
		}
		db := stdlib.OpenDB(*cfg.ConnConfig, stdlib.OptionBeforeConnect(cfg.BeforeConnect))
		db.SetMaxIdleConns(0)
		ping := func() error {
			pool.Reset()
			return errors.Join(pool.Ping(bounded(t)), db.PingContext(bounded(t)))
		}
		for _, host = range []string{billing, archive} {
			if err := ping(); err != nil {
				t.Errorf("connect to %s = %v, want nil", host, err)
			}
		}
		if host = orders; ping() == nil {
			t.Error("connect to an attacker = nil, want an error")
		}
		pool.Close()
		if err := db.Close(); err != nil {
			t.Error(err)
		}
		wantNothing(t, evil)
		b, a := billing+":5432 "+canaryUser, archive+":5432 "+canaryUser
		m.WantAsked(t, b, b, a, a)
	}
}

// TestHostChangedLater checks that a hook that only sets Host is told what to do.
func TestHostChangedLater(t *testing.T) {
	t.Parallel()
	server := honest(t, billing)
	cfg, err := pgxpool.ParseConfig(asURL.dsn([]string{orders}))
	if err != nil {
		t.Fatal(err)
	}
	route(cfg.ConnConfig, map[string]string{billing: server.Addr()})
	configure(t, cfg.ConnConfig, trust())
	cfg.BeforeConnect = func(_ context.Context, cfg *pgx.ConnConfig) error {
		cfg.Host = billing
		return nil
	}
	pool, err := pgxpool.NewWithConfig(bounded(t), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	err = pool.Ping(bounded(t))
	if err == nil || !strings.Contains(err.Error(), "then call Configure") || !errors.Is(err, rdstls.ErrUnverified) {
		t.Errorf("Ping = %v, want an error that points to Configure", err)
	}
	if d, ok := rdstls.Diagnose(err); !ok || d.Reason != rdstls.ReasonConfig || strings.Contains(d.Advice, "DNS") {
		t.Errorf("Diagnose = %+v, want %s, without advice about DNS", d, rdstls.ReasonConfig)
	}
	wantNothing(t, server)
}

// A hook that chooses the host calls Configure for each connection.
func ExampleConfigure_hostChosenAtRunTime() {
	cfg, err := rdspgx.ParsePoolConfig(os.Getenv("DATABASE_URL"), nil)
	if err != nil {
		log.Fatal(err)
	}
	cfg.BeforeConnect = func(ctx context.Context, conn *pgx.ConnConfig) error {
		conn.Host, conn.Port, conn.Fallbacks = discover(ctx), 5432, nil
		return rdspgx.Configure(conn, nil)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
}

// discover stands for service discovery.
func discover(context.Context) string { return orders }
