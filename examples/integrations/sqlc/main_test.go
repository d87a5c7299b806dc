package main

import (
	"io"
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
		if got, want := out.String(), "order 1 is for tea\n"; got != want {
			t.Errorf("run printed %q, want %q", got, want)
		}
	})
}

func TestRunRefusesImpostor(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	if err := run(t.Context(), exampledb.PostgresURL(impostor.Addr()), exampledb.Trust(), io.Discard); err == nil {
		t.Error("run with an impostor succeeded")
	}
	impostor.WantNothing(t)
}
