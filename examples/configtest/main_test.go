package main

import (
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
)

var servers = exampledb.Servers(dbservers.Postgres, dbservers.MariaDB, dbservers.MySQL)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// settings returns those of a test server.
func settings(t *testing.T, engine, addr string) environment {
	t.Helper()
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return environment{
		"DB_ENGINE": engine, "DB_HOST": host, "DB_PORT": port,
		"DB_USER": dbservers.User, "DB_PASSWORD": dbservers.Password, "DB_NAME": dbservers.Database,
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		engine := "mysql"
		if s.Kind == dbservers.Postgres {
			engine = "postgres"
		}
		var out strings.Builder
		if err := run(t.Context(), settings(t, engine, s.Addr).get, exampledb.Trust(), &out); err != nil {
			t.Fatalf("run = %v, want nil", err)
		}
		if got, want := out.String(), "connected and verified\n"; got != want {
			t.Errorf("run printed %q, want %q", got, want)
		}
	})
}

func TestRunImpostor(t *testing.T) {
	t.Parallel()
	for engine, impostor := range map[string]*exampledb.Impostor{
		"postgres": exampledb.PostgresImpostor(t),
		"mysql":    exampledb.MySQLImpostor(t),
	} {
		if err := run(t.Context(), settings(t, engine, impostor.Addr()).get, exampledb.Trust(), io.Discard); err == nil {
			t.Errorf("%s: run with an impostor = nil, want an error", engine)
		}
		impostor.WantNothing(t)
	}
}

func TestRunEngine(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), environment{}.get, nil, io.Discard); err == nil {
		t.Error("run without DB_ENGINE = nil, want an error")
	}
}
