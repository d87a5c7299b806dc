package main

import (
	"os"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
)

var servers = exampledb.Servers(dbservers.Postgres)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

func TestRun(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		var out strings.Builder
		if err := run(t.Context(), exampledb.PostgresURL(s.Addr), exampledb.Trust(), &out); err != nil {
			t.Fatalf("run = %v, want nil", err)
		}
		if got, want := out.String(), "verified, and logged in as admin to PostgreSQL "; !strings.HasPrefix(got, want) {
			t.Errorf("run printed %q, want %q and a version", got, want)
		}
	})
}

func TestOpenLimits(t *testing.T) {
	t.Parallel()
	db, err := open("postgres://app@"+exampledb.Endpoint+"/orders", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if got := db.Stats().MaxOpenConnections; got != 10 {
		t.Errorf("the pool may open %d connections, want 10", got)
	}
}

func TestImpostor(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	var out strings.Builder
	if err := run(t.Context(), exampledb.PostgresURL(impostor.Addr()), exampledb.Trust(), &out); err == nil || out.Len() > 0 {
		t.Errorf("run = %v, printing %q; want an error alone", err, out.String())
	}
	impostor.WantNothing(t)
}
