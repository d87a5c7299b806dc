package main

import (
	"os"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
)

var servers = exampledb.Servers(dbservers.Postgres, dbservers.MariaDB, dbservers.MySQL)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

func TestRun(t *testing.T) {
	t.Parallel()
	exampledb.Program(run).Prints(t, servers, func(kind dbservers.Kind) []string {
		if kind == dbservers.Postgres {
			return []string{"pgx: connected and verified; select 1 returned 1\n"}
		}
		return []string{"mysql: connected and verified; select 1 returned 1\n"}
	})
}

func TestRunRefusesImpostors(t *testing.T) {
	t.Parallel()
	exampledb.Program(run).RefusesImpostors(t)
}
