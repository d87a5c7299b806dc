package main

import (
	"database/sql"
	"os"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
)

var servers = exampledb.Servers(dbservers.Postgres, dbservers.MariaDB, dbservers.MySQL)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

func TestRun(t *testing.T) {
	t.Parallel()
	exampledb.Program(run).Prints(t, servers, func(kind dbservers.Kind) []string {
		name := "mysql"
		if kind == dbservers.Postgres {
			name = "postgres"
		}
		return []string{
			name + ": 2 migrations applied, now at version 2\n",
			name + ": 0 migrations applied, now at version 2\n",
		}
	})
}

func TestRunRefusesImpostors(t *testing.T) {
	t.Parallel()
	exampledb.Program(run).RefusesImpostors(t)
}

// What the package comment says about strings: with the one of pgx, an impostor
// gets its login.
func TestStringsLoseTLS(t *testing.T) {
	t.Parallel()
	postgres, err := pgx.ParseConfig(exampledb.PostgresURL(exampledb.PostgresImpostor(t).Addr()))
	if err != nil {
		t.Fatal(err)
	}
	if err := rdspgx.Configure(postgres, exampledb.Trust()); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("pgx", postgres.ConnString())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.PingContext(t.Context()); err != nil {
		t.Errorf("Ping of an impostor, by ConnString = %v; the package comment says it succeeds", err)
	}

	cfg, err := mysql.ParseDSN(exampledb.MySQLDSN("127.0.0.1:3306"))
	if err != nil {
		t.Fatal(err)
	}
	if err := rdsmysql.Configure(cfg, exampledb.Trust()); err != nil {
		t.Fatal(err)
	}
	if _, err := sql.Open("mysql", cfg.FormatDSN()); err == nil || !strings.Contains(err.Error(), "pass the *sql.DB") {
		t.Errorf("Open of a FormatDSN = %v, want advice to pass the *sql.DB", err)
	}
}
