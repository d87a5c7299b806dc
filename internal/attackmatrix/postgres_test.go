package attackmatrix

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rdstls/go/internal/fakedb"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func postgres(t *testing.T) protocol {
	return protocol{"PostgreSQL", postgresAttacks(), postgresClients(t)}
}

func listenPostgres(t *testing.T, opts fakedb.PostgresOptions) *fakedb.Server {
	t.Helper()
	opts.Plaintext = true // a server that asks for the password in cleartext takes it
	return fakedb.Started(t)(fakedb.ListenPostgres(opts))
}

func postgresAttacks() []attack {
	impostor := func(t *testing.T, cfg *tls.Config) *fakedb.Server {
		return listenPostgres(t, fakedb.PostgresOptions{TLS: cfg})
	}
	between := func(t *testing.T, cfg *tls.Config, b fakedb.Behavior) *fakedb.Server {
		return listenPostgres(t, fakedb.PostgresOptions{TLS: cfg, Behavior: b})
	}
	alone := func(opts fakedb.PostgresOptions) func(*testing.T) scene {
		return func(t *testing.T) scene { return scene{evil: []*fakedb.Server{listenPostgres(t, opts)}} }
	}
	direct := func(protos ...string) func(*testing.T) scene {
		cfg := serving(authority().Instance(host))
		cfg.NextProtos = protos
		return alone(fakedb.PostgresOptions{TLS: cfg, Direct: true})
	}
	fake := serving(authority().Impostor().Instance(host))
	two := []string{other, host} // the first is down
	const asDirect = "sslnegotiation=direct"
	all := append([]attack{
		{name: "TLS stripped: answers the SSLRequest with N", stage: alone(fakedb.PostgresOptions{})},
		{name: "second host strips TLS", stage: alone(fakedb.PostgresOptions{}), hosts: two},
		{name: "second host has a false certificate", stage: alone(fakedb.PostgresOptions{TLS: fake}), hosts: two},
		{name: "direct TLS: false certificate", stage: alone(fakedb.PostgresOptions{TLS: fake, Direct: true}), params: asDirect},
		{name: "direct TLS: another service of the host, without ALPN", stage: direct(), params: asDirect},
		{name: "direct TLS: another service of the host, ALPN h2", stage: direct("h2"), params: asDirect},
	}, certificateAttacks(impostor)...)
	return append(append(all, behaviorAttacks(fakedb.HostilePostgres(), between)...), renegotiation(between))
}

func postgresClients(t *testing.T) []client {
	roots := filepath.Join(t.TempDir(), "root.crt")
	if err := os.WriteFile(roots, authority().PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	ours := func(connect func(context.Context, *pgx.ConnConfig) error) connectFunc {
		return func(ctx context.Context, a attack, s scene) error {
			cfg, err := pgConfig(a, s, "sslmode=prefer")
			if err != nil {
				return err
			}
			if err := rdspgx.Configure(cfg, &rdstls.Options{Roots: pool()}); err != nil {
				return errors.Join(errNotTried, err)
			}
			return connect(ctx, cfg)
		}
	}
	stock := func(edit func(*pgx.ConnConfig), params ...string) connectFunc {
		return func(ctx context.Context, a attack, s scene) error {
			cfg, err := pgConfig(a, s, params...)
			if err != nil {
				return err
			}
			edit(cfg)
			return pgConnect(ctx, cfg)
		}
	}
	asIs := func(*pgx.ConnConfig) {}
	return []client{
		{"rdspgx", true, ours(pgConnect)},
		{"rdspgx, pgxpool", true, ours(pgPool)},
		{"rdspgx, database/sql", true, ours(pgSQL)},
		{"pgx prefer (default)", false, stock(asIs)},
		{"pgx require", false, stock(asIs, "sslmode=require")},
		{"pgx verify-ca", false, stock(asIs, "sslmode=verify-ca", "sslrootcert="+roots)},
		{"pgx verify-full", false, stock(asIs, "sslmode=verify-full", "sslrootcert="+roots)},
		{"pgx, TLSConfig set", false, stock(func(cfg *pgx.ConnConfig) {
			right := verified()
			right.NextProtos = cfg.TLSConfig.NextProtos
			cfg.TLSConfig = right
		})},
	}
}

// pgConfig is what a stock connection string means. The names in it lead to the
// scene, without DNS.
func pgConfig(a attack, s scene, params ...string) (*pgx.ConnConfig, error) {
	hosts := a.hosts
	if hosts == nil {
		hosts = []string{host}
	}
	if a.params != "" {
		params = append([]string{a.params}, params...)
	}
	cfg, err := pgx.ParseConfig(fmt.Sprintf("postgres://%s:%s@%s/%s?%s",
		user, password, strings.Join(hosts, ","), database, strings.Join(params, "&")))
	if err != nil {
		return nil, errors.Join(errNotTried, err)
	}
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if !strings.HasPrefix(addr, host+":") {
			return nil, fmt.Errorf("%s is down", addr)
		}
		return new(net.Dialer).DialContext(ctx, network, s.evil[0].Addr())
	}
	return cfg, nil
}

func pgConnect(ctx context.Context, cfg *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	return errors.Join(conn.Ping(ctx), conn.Close(ctx))
}

func pgPool(ctx context.Context, cfg *pgx.ConnConfig) error {
	poolConfig, err := pgxpool.ParseConfig("")
	if err != nil {
		return err
	}
	poolConfig.ConnConfig = cfg
	p, err := pgxpool.NewWithConfig(ctx, poolConfig)
	if err != nil {
		return err
	}
	defer p.Close()
	return p.Ping(ctx)
}

func pgSQL(ctx context.Context, cfg *pgx.ConnConfig) error {
	return ping(ctx, stdlib.OpenDB(*cfg))
}

func ping(ctx context.Context, db *sql.DB) error {
	defer db.Close()
	return db.PingContext(ctx)
}
