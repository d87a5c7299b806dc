package main

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/testcerts"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// The hosts of the list.
const (
	first  = exampledb.Endpoint
	second = "orders-2.c9akciq32.eu-west-1.rds.amazonaws.com"
)

var servers = exampledb.Servers(dbservers.Postgres)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// trust returns options for several hosts, which have no ServerName.
func trust() *rdstls.Options { return &rdstls.Options{Roots: exampledb.Authority().Pool()} }

// start starts a server with the certificate of host.
func start(t *testing.T, in dbservers.Installation, host string, settings ...string) *dbservers.Server {
	t.Helper()
	chain, key := testcerts.PEMFiles(exampledb.Authority().Instance(host))
	return dbservers.Start(t, in, dbservers.Options{Chain: chain, Key: key, Settings: settings})
}

// open opens the pool of the program, with the hosts at addrs.
func open(t *testing.T, addrs map[string]string) *pgxpool.Pool {
	t.Helper()
	cfg, err := pgxpool.ParseConfig(exampledb.PostgresURL(first+","+second) + "&target_session_attrs=read-write")
	if err != nil {
		t.Fatal(err)
	}
	exampledb.Route(cfg.ConnConfig, addrs)
	pool, err := newPool(t.Context(), cfg, trust())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

// statement is one that a reader refuses.
const statement = "create temporary table test () on commit drop"

func wantHost(t *testing.T, pool *pgxpool.Pool, want string) {
	t.Helper()
	if got, err := write(t.Context(), pool, statement); err != nil || got != want {
		t.Errorf("write = %q, %v, want %q", got, err, want)
	}
}

// setReadOnly makes a server a reader or a writer, for the connections that it
// has as well.
func setReadOnly(t *testing.T, s *dbservers.Server, host, value string) {
	t.Helper()
	opts := trust()
	opts.ServerName = host
	conn, err := rdspgx.Connect(t.Context(), exampledb.PostgresURL(s.Addr), opts)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for _, sql := range []string{"alter system set default_transaction_read_only = " + value, "select pg_reload_conf()"} {
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
}

// The two servers change their roles under a live pool.
func TestFailover(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		reader := start(t, shared.Installation, first, "default_transaction_read_only = on")
		writer := start(t, shared.Installation, second)
		pool := open(t, map[string]string{first: reader.Addr, second: writer.Addr})
		wantHost(t, pool, second)

		setReadOnly(t, reader, first, "off")
		setReadOnly(t, writer, second, "on")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var host string
		var err error
		for host != first && ctx.Err() == nil { // servers read their files at some time after they were asked to
			host, err = write(ctx, pool, statement)
		}
		if err != nil || host != first {
			t.Errorf("write after the failover = %q, %v, want %q", host, err, first)
		}
	})
}

// A host that is another server is skipped, like one that is down, and receives
// nothing.
func TestImpostor(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		impostor := exampledb.PostgresImpostor(t)
		writer := start(t, shared.Installation, second)
		wantHost(t, open(t, map[string]string{first: impostor.Addr(), second: writer.Addr}), second)
		impostor.WantNothing(t)
	})
}

func TestImpostorsAlone(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	pool := open(t, map[string]string{first: impostor.Addr(), second: impostor.Addr()})
	if host, err := write(t.Context(), pool, statement); err == nil {
		t.Errorf("write = %q, nil, want an error", host)
	}
	impostor.WantNothing(t)
}

func TestRun(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		var out strings.Builder
		err := run(t.Context(), exampledb.PostgresURL(s.Addr), exampledb.Trust(), &out)
		if want := "verified, and written to " + exampledb.Endpoint + "\n"; err != nil || out.String() != want {
			t.Errorf("run = %v, printing %q; want nil, %q", err, out.String(), want)
		}
	})
}
