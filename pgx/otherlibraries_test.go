package rdspgx_test

// How a configured *pgx.ConnConfig is handed to other libraries. As it is, it stays
// verified: through a connector, a registered name, a pool, or pgconn alone. As the string
// that it was parsed from, it is not.

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// A handover connects with a configuration that Configure has made, the way that
// another library does.
type handover struct {
	name    string
	connect func(context.Context, *pgx.ConnConfig) error
}

var handovers = []handover{
	{"stdlib.GetConnector", func(ctx context.Context, cfg *pgx.ConnConfig) error {
		return pingTLS(ctx, sql.OpenDB(stdlib.GetConnector(*cfg)))
	}},
	{"stdlib.RegisterConnConfig", func(ctx context.Context, cfg *pgx.ConnConfig) error {
		name := stdlib.RegisterConnConfig(cfg)
		defer stdlib.UnregisterConnConfig(name)
		db, err := sql.Open("pgx", name)
		if err != nil {
			return err
		}
		return pingTLS(ctx, db)
	}},
	{"stdlib.OpenDBFromPool", func(ctx context.Context, cfg *pgx.ConnConfig) error {
		pooled, err := pgxpool.ParseConfig(cfg.ConnString())
		if err != nil {
			return err
		}
		pooled.ConnConfig = cfg
		pool, err := pgxpool.NewWithConfig(ctx, pooled)
		if err != nil {
			return err
		}
		defer pool.Close()
		return pingTLS(ctx, stdlib.OpenDBFromPool(pool))
	}},
	{"replication through pgconn.ConnectConfig", replicate},
}

// pingTLS asks the server whether it sees TLS.
func pingTLS(ctx context.Context, db *sql.DB) error {
	var secure bool
	err := db.QueryRowContext(ctx, "select ssl from pg_stat_ssl where pid = pg_backend_pid()").Scan(&secure)
	if err == nil && !secure {
		err = errors.New("the server sees no TLS")
	}
	return errors.Join(err, db.Close())
}

// replicate opens a connection for logical replication, as libraries for change
// data capture do.
func replicate(ctx context.Context, cfg *pgx.ConnConfig) error {
	cfg.RuntimeParams["replication"] = "database"
	conn, err := pgconn.ConnectConfig(ctx, &cfg.Config)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, "IDENTIFY_SYSTEM").ReadAll() // a command of replication alone
	return errors.Join(err, conn.Close(ctx))
}

func TestOtherLibraries(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for _, h := range handovers {
			for _, f := range forms {
				cfg := realConfig(t, s, f.dsn([]string{orders}, "sslmode=prefer"), trust())
				if err := h.connect(bounded(t), cfg); err != nil {
					t.Errorf("%s = %v, want nil", h.name, err)
				}
			}
			// The server knows only the password of Options.Password.
			opts := trust()
			opts.Password = func(context.Context, string, string) (string, error) { return canaryPassword, nil }
			cfg := realConfig(t, s, asURL.dsn([]string{orders}), opts)
			cfg.Password = "another"
			if err := h.connect(bounded(t), cfg); err != nil {
				t.Errorf("%s with Options.Password = %v, want nil", h.name, err)
			}
		}
	})
}

func TestOtherLibrariesRefuse(t *testing.T) {
	t.Parallel()
	for _, h := range handovers {
		for _, a := range attackers() {
			s := a.listen(t)
			cfg := parse(t, asURL.dsn([]string{orders}, "sslmode=prefer"))
			route(cfg, map[string]string{orders: s.Addr()})
			configure(t, cfg, trust())
			if err := h.connect(bounded(t), cfg); err == nil {
				t.Errorf("%s to an attacker (%s) = nil, want an error", h.name, a.name)
			}
			wantNothing(t, s)
		}
	}
}

// The trap: ConnString is what was parsed, without anything that was done to the
// configuration since. A library that opens it tells whoever answers the password,
// and nothing says so.
func TestOtherLibrariesConnString(t *testing.T) {
	t.Parallel()
	for _, a := range attackers() {
		s := a.listen(t)
		cfg := parse(t, asURL.dsn([]string{s.Addr()}))
		opts := &rdstls.Options{ServerName: orders, Roots: ca.Pool()}
		configure(t, cfg, opts)
		db, err := sql.Open("pgx", cfg.ConnString())
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(db.PingContext(bounded(t)), db.Close()); err != nil {
			t.Errorf("Ping of an attacker (%s) = %v, want nil: the stock driver is content with him", a.name, err)
		}
		if got := lastLogin(t, s); got.Password != canaryPassword {
			t.Errorf("the attacker (%s) was told %+v, want the password", a.name, got)
		}
		if err := rdspgx.Check(parse(t, cfg.ConnString())); !errors.Is(err, rdstls.ErrUnverified) {
			t.Errorf("Check of the string = %v, want %v", err, rdstls.ErrUnverified)
		}
	}
}

// A name that is not registered any more is no connection string either.
func TestOtherLibrariesUnregistered(t *testing.T) {
	t.Parallel()
	s := honest(t, orders)
	cfg := configFor(t, s)
	configure(t, cfg, trust())
	name := stdlib.RegisterConnConfig(cfg)
	stdlib.UnregisterConnConfig(name)
	db, err := sql.Open("pgx", name)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.PingContext(bounded(t)); err == nil {
		t.Error("Ping with a name that is not registered = nil, want an error")
	}
}

func lastLogin(t *testing.T, s *fakedb.Server) fakedb.Login {
	t.Helper()
	conns := s.Ended(t)
	if len(conns) == 0 {
		t.Fatal("nobody connected")
	}
	return conns[len(conns)-1].Login()
}
