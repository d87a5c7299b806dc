package rdspgx_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// The control: what the stock driver gives the same attackers.
func TestStockDriverLeaks(t *testing.T) {
	t.Parallel()
	rootFile := writeFile(t, "root.crt", ca.PEM())
	evilRoots := writeFile(t, "evil.crt", ca.Impostor().PEM())
	all := []string{"refuses-tls", "self-signed", "cloned-root", "other-region", "other-host"}
	for _, tt := range []struct {
		mode  mode
		leaks []string
	}{
		{mode{"unset", nil}, all},
		{mode{"empty", []string{"sslmode="}}, all},
		{mode{"allow", []string{"sslmode=allow"}}, all},
		{mode{"prefer", []string{"sslmode=prefer"}}, all},
		{mode{"require", []string{"sslmode=require"}}, all[1:]},
		{mode{"verify-ca", []string{"sslmode=verify-ca", "sslrootcert=" + rootFile}}, []string{"other-host"}},
		{mode{"verify-full-with-evil-roots", []string{"sslmode=verify-full", "sslrootcert=" + evilRoots}}, []string{"cloned-root"}},
	} {
		for _, a := range attackers() {
			if !slices.Contains(tt.leaks, a.name) {
				continue
			}
			for _, place := range places {
				for _, f := range forms {
					t.Run(fmt.Sprintf("%s/%s/%s/%s", tt.mode.name, a.name, place, f), func(t *testing.T) {
						t.Parallel()
						s := newScene(t, a, place)
						cfg := parse(t, f.dsn(s.hosts, tt.mode.params...))
						route(cfg, s.addrs)
						_ = connect(bounded(t), cfg) // whether it succeeds does not matter any more
						wantLeak(t, s.evil)
					})
				}
			}
		}
	}
}

func TestStockDriverLeaksEntries(t *testing.T) {
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

// TestStockDriverLeaksEnvironment is the control for TestHazardEnvironment: the
// environment decides if the string does not.
func TestStockDriverLeaksEnvironment(t *testing.T) {
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
				if slices.Contains(leaks(t, s.evil), canaryPassword) {
					leaked++
				}
			}
			if (leaked > 0) == env.harmless {
				t.Errorf("%d attackers received the password, want none: %v", leaked, env.harmless)
			}
		})
	}
}

// wantLeak fails the test unless wantNothing would have failed, and for the
// best of reasons.
func wantLeak(t *testing.T, evil *fakedb.Server) {
	t.Helper()
	held := leaks(t, evil)
	for _, canary := range []string{canaryUser, canaryPassword, canaryDatabase} {
		if !slices.Contains(held, canary) {
			t.Errorf("the attacker received %q and not %q: the tests of this file test nothing", held, canary)
		}
	}
}
