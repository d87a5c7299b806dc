package rdspgx_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rdstls/go/internal/fakeiam"
)

// Pools connect from several goroutines at once. Run with -race.
func TestPasswordPools(t *testing.T) {
	t.Parallel()
	server := honest(t, orders, billing)
	m := fakeiam.Minter{Prefix: canaryPassword}
	opts := trustWith(m.Password)
	poolConfig, err := pgxpool.ParseConfig(asURL.dsn([]string{orders, billing}, "pool_max_conns=8"))
	if err != nil {
		t.Fatal(err)
	}
	route(poolConfig.ConnConfig, map[string]string{orders: down, billing: server.Addr()})
	configure(t, poolConfig.ConnConfig, opts)
	pool, err := pgxpool.NewWithConfig(bounded(t), poolConfig)
	if err != nil {
		t.Fatal(err)
	}
	db := stdlib.OpenDB(*poolConfig.ConnConfig)
	db.SetMaxIdleConns(0)
	var busy sync.WaitGroup
	for range 8 {
		busy.Go(func() {
			for range 5 {
				var one int
				if err := pool.QueryRow(bounded(t), "select 1").Scan(&one); err != nil {
					t.Errorf("query of the pool = %v, want nil", err)
				}
				pool.Reset()
				if err := db.QueryRowContext(bounded(t), "select 1").Scan(&one); err != nil {
					t.Errorf("query of the DB = %v, want nil", err)
				}
			}
		})
	}
	busy.Wait()
	pool.Close()
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	got := passwordsOf(t, server)
	slices.Sort(got)
	minted := m.Minted()
	slices.Sort(minted)
	if !slices.Equal(got, minted) {
		t.Errorf("the server received %d passwords, want each of the %d that were minted, once", len(got), len(minted))
	}
	for _, asked := range m.Asked() {
		if asked != billing+":5432 "+canaryUser {
			t.Errorf("asked for a password of %q, want only of %q", asked, billing)
		}
	}
}

// The entry points pass the option on.
func TestPasswordEntries(t *testing.T) {
	t.Parallel()
	for _, e := range entries {
		t.Run(e.name, func(t *testing.T) {
			t.Parallel()
			server := honest(t, orders)
			m := fakeiam.Minter{Prefix: canaryPassword}
			opts := trust()
			opts.ServerName, opts.Password = orders+":5432", m.Password
			if err := e.connect(bounded(t), asKeyValue.dsn([]string{server.Addr()}), opts); err != nil {
				t.Fatalf("%s = %v, want nil", e.name, err)
			}
			m.WantAsked(t, orders+":5432 "+canaryUser)
			wantPasswords(t, server, m.Minted())
		})
	}
}

// A configuration used at the level of pgx is copied for each connection: one
// that is shared keeps its own password.
func TestPasswordSharedConfig(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	cfg := configFor(t, server)
	m := fakeiam.Minter{Prefix: canaryPassword}
	configure(t, cfg, trustWith(m.Password))
	var busy sync.WaitGroup
	for range 8 {
		busy.Go(func() {
			conn, err := pgx.ConnectConfig(bounded(t), cfg)
			if err != nil {
				t.Errorf("connect = %v, want nil", err)
				return
			}
			if err := conn.Close(bounded(t)); err != nil {
				t.Error(err)
			}
		})
	}
	busy.Wait()
	if cfg.Password != canaryPassword {
		t.Errorf("Password = %q, want %q", cfg.Password, canaryPassword)
	}
	if len(m.Minted()) != 8 {
		t.Errorf("%d passwords for 8 connections", len(m.Minted()))
	}
}
