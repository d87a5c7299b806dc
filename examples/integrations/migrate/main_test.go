package main

import (
	"context"
	"io"
	"os"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/rdstls"
)

var servers = exampledb.Servers(dbservers.Postgres, dbservers.MariaDB, dbservers.MySQL)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// program is run; golang-migrate takes no context.
func program(_ context.Context, postgresURL, mysqlDSN string, opts *rdstls.Options, out io.Writer) error {
	return run(postgresURL, mysqlDSN, opts, out)
}

func TestRun(t *testing.T) {
	t.Parallel()
	exampledb.Program(program).Prints(t, servers, func(kind dbservers.Kind) []string {
		text := "mysql: now at version 2\n"
		if kind == dbservers.Postgres {
			text = "postgres: now at version 2\n"
		}
		return []string{text, text} // the second time there is nothing to do
	})
}

func TestRunRefusesImpostors(t *testing.T) {
	t.Parallel()
	exampledb.Program(program).RefusesImpostors(t)
}
