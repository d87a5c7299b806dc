package rdspgx_test

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"strings"
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

// TestPasswordCallsBounded checks that a function that hangs is not called without
// bound if a hook calls Configure for each connection, whichever attempt it leaves.
func TestPasswordCallsBounded(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*pgx.ConnConfig){
		"same":            func(*pgx.ConnConfig) {},
		"plaintext-first": func(c *pgx.ConnConfig) { c.TLSConfig = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const bound = 100
			running, release := make(chan struct{}), make(chan struct{})
			defer close(release)
			opts := trustWith(func(context.Context, string, string) (string, error) {
				select {
				case running <- struct{}{}:
				case <-release:
				}
				<-release
				return "", nil
			})
			cfg := parse(t, "host="+orders+","+orders)
			configure(t, cfg, opts)
			conn := verified(t)
			ctx, cancel := context.WithCancel(t.Context())
			var ended sync.WaitGroup
			for range bound {
				ended.Go(func() { _, _ = cfg.AfterNetConnect(ctx, cfg.Config.Copy(), conn) })
			}
			for range bound {
				<-running
			}
			cancel()
			ended.Wait()
			edit(cfg)
			configure(t, cfg, opts)
			for range 20 { // a select takes either of two channels
				_, err := cfg.AfterNetConnect(ctx, cfg.Config.Copy(), conn)
				if err == nil || !strings.Contains(err.Error(), "too many calls") {
					t.Fatalf("AfterNetConnect = %v, want an error about too many calls", err)
				}
			}
		})
	}
}

// verified returns a connection to the server of orders after its handshake.
func verified(t *testing.T) *tls.Conn {
	t.Helper()
	client, server := net.Pipe()
	t.Cleanup(func() { _ = client.Close() })
	go func() { _ = tls.Server(server, serving(ca.Instance(orders))).Handshake() }() // ends with the client
	conn := tls.Client(client, &tls.Config{RootCAs: ca.Pool(), ServerName: orders})
	if err := conn.HandshakeContext(bounded(t)); err != nil {
		t.Fatal(err)
	}
	return conn
}
