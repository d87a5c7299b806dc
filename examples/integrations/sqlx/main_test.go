package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
)

var servers = exampledb.Servers(dbservers.Postgres, dbservers.MariaDB, dbservers.MySQL)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

func TestRun(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		postgresURL, mysqlDSN, want := "", exampledb.MySQLDSN(s.Addr), "mysql: connected and verified; select 1 returned 1\n"
		if s.Kind == dbservers.Postgres {
			postgresURL, mysqlDSN, want = exampledb.PostgresURL(s.Addr), "", "pgx: connected and verified; select 1 returned 1\n"
		}
		var out strings.Builder
		if err := run(t.Context(), postgresURL, mysqlDSN, exampledb.Trust(), &out); err != nil {
			t.Fatalf("run = %v, want nil", err)
		}
		if got := out.String(); got != want {
			t.Errorf("run printed %q, want %q", got, want)
		}
	})
}

func TestRunRefusesImpostors(t *testing.T) {
	t.Parallel()
	postgres, mysql := exampledb.PostgresImpostor(t), exampledb.MySQLImpostor(t)
	if err := run(t.Context(), exampledb.PostgresURL(postgres.Addr()), "", exampledb.Trust(), io.Discard); err == nil {
		t.Error("run with an impostor of PostgreSQL succeeded")
	}
	if err := run(t.Context(), "", exampledb.MySQLDSN(mysql.Addr()), exampledb.Trust(), io.Discard); err == nil {
		t.Error("run with an impostor of MySQL succeeded")
	}
	postgres.WantNothing(t)
	mysql.WantNothing(t)
}
