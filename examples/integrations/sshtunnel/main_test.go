package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/crypto/ssh"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/rdstls"
)

var servers = exampledb.Servers(dbservers.Postgres, dbservers.MariaDB, dbservers.MySQL)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// The addresses of the program's strings, as the VPC's DNS knows them.
const (
	postgresAddr = exampledb.Endpoint + ":5432"
	mysqlAddr    = exampledb.Endpoint + ":3306"
)

func routes(addr string) map[string]string {
	return map[string]string{postgresAddr: addr, mysqlAddr: addr}
}

// trust needs no ServerName: the strings name the endpoint.
func trust() *rdstls.Options { return &rdstls.Options{Roots: exampledb.Authority().Pool()} }

// stringsFor returns the strings of a server of kind.
func stringsFor(kind dbservers.Kind) (postgresURL, mysqlDSN string) {
	if kind == dbservers.Postgres {
		return exampledb.PostgresURL(postgresAddr), ""
	}
	return "", exampledb.MySQLDSN(mysqlAddr)
}

// TestRun checks that each database is reached by its endpoint, which only the
// bastion can resolve.
func TestRun(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		server, b := startBastion(t, routes(s.Addr))
		postgresURL, mysqlDSN := stringsFor(s.Kind)
		for range 2 {
			var out strings.Builder
			err := run(t.Context(), b, postgresURL, mysqlDSN, trust(), &out)
			if err != nil || !strings.HasPrefix(out.String(), "verified ") {
				t.Fatalf("run = %v, printing %q; want nil, and a version", err, out.String())
			}
			// The next time, the SSH connection is broken, and has to be made again.
			server.breakConnections()
		}
	})
}

// TestImpostors checks that an impostor behind the bastion receives nothing.
func TestImpostors(t *testing.T) {
	t.Parallel()
	postgres, mysql := exampledb.PostgresImpostor(t), exampledb.MySQLImpostor(t)
	_, b := startBastion(t, map[string]string{postgresAddr: postgres.Addr(), mysqlAddr: mysql.Addr()})
	for _, kind := range []dbservers.Kind{dbservers.Postgres, dbservers.MySQL} {
		postgresURL, mysqlDSN := stringsFor(kind)
		if err := run(t.Context(), b, postgresURL, mysqlDSN, trust(), io.Discard); err == nil {
			t.Errorf("run with an impostor of %s = nil, want an error", kind)
		}
	}
	postgres.WantNothing(t)
	mysql.WantNothing(t)
}

// TestBastionRefuses checks that an address that the bastion cannot reach is an error
// that says so.
func TestBastionRefuses(t *testing.T) {
	t.Parallel()
	_, b := startBastion(t, nil)
	err := run(t.Context(), b, exampledb.PostgresURL(postgresAddr), "", trust(), io.Discard)
	var refused *ssh.OpenChannelError
	if !errors.As(err, &refused) {
		t.Errorf("run = %v, want an error of the bastion", err)
	}
}

// TestUnknownBastion checks that a bastion with another host key is refused.
func TestUnknownBastion(t *testing.T) {
	t.Parallel()
	_, b := startBastion(t, nil)
	other, _ := startBastion(t, nil)
	b.addr = other.listener.Addr().String()
	if err := run(t.Context(), b, exampledb.PostgresURL(postgresAddr), "", trust(), io.Discard); err == nil || !strings.Contains(err.Error(), "knownhosts") {
		t.Errorf("run = %v, want an error of knownhosts", err)
	}
}

// TestCancel checks that a CancelRequest reaches the server: pgx sends it to the
// RemoteAddr of the connection.
func TestCancel(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		server, b := startBastion(t, routes(s.Addr))
		pool, err := newPool(t.Context(), b, exampledb.PostgresURL(postgresAddr), trust())
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		conn, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
		// A cancel request that comes before the query would be lost.
		if _, err := conn.Exec(t.Context(), "select pg_advisory_lock(1)"); err != nil {
			t.Fatal(err)
		}
		waiting, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer waiting.Release()
		done := make(chan error, 1)
		go func() {
			_, err := waiting.Exec(context.Background(), "select pg_advisory_lock(1)")
			done <- err
		}()
		const query = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
		for n := 0; n == 0; {
			if err := conn.QueryRow(t.Context(), query).Scan(&n); err != nil {
				t.Fatal(err)
			}
		}
		if err := waiting.Conn().PgConn().CancelRequest(t.Context()); err != nil {
			t.Errorf("CancelRequest = %v, want nil", err)
			if _, err := conn.Exec(t.Context(), "select pg_advisory_unlock(1)"); err != nil {
				t.Error(err)
			}
		}
		var canceled *pgconn.PgError
		if err := <-done; !errors.As(err, &canceled) || canceled.Code != "57014" {
			t.Errorf("the query = %v, want query_canceled", err)
		}
		server.mu.Lock()
		defer server.mu.Unlock()
		for _, addr := range server.asked {
			if addr != postgresAddr {
				t.Errorf("a connection to %s, want %s", addr, postgresAddr)
			}
		}
	}, dbservers.Postgres)
}

// TestTimeout checks that a query ends with its context, which needs deadlines.
func TestTimeout(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		_, b := startBastion(t, routes(s.Addr))
		var err error
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		if s.Kind == dbservers.Postgres {
			pool, openErr := newPool(t.Context(), b, exampledb.PostgresURL(postgresAddr), trust())
			if openErr != nil {
				t.Fatal(openErr)
			}
			defer pool.Close()
			_, err = pool.Exec(ctx, "select pg_sleep(300)")
		} else {
			db, openErr := openMySQL(b, exampledb.MySQLDSN(mysqlAddr), trust())
			if openErr != nil {
				t.Fatal(openErr)
			}
			defer db.Close()
			_, err = db.ExecContext(ctx, "do sleep(300)")
		}
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a query of five minutes = %v, want %v", err, context.DeadlineExceeded)
		}
	})
}
