package main

import (
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/rdstls"
)

var servers = exampledb.Servers(dbservers.Postgres)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// options returns those of the program, for the servers of the test.
func options() *rdstls.Options {
	opts := exampledb.Trust()
	opts.ServerName = exampledb.Endpoint + ":5432"
	return opts
}

func TestRun(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		var out strings.Builder
		err := run(t.Context(), exampledb.PostgresURL(forward(t, s.Addr)), options(), &out)
		if want := "verified, and logged in as admin to PostgreSQL "; err != nil || !strings.HasPrefix(out.String(), want) {
			t.Errorf("run = %v, printing %q; want nil, %q", err, out.String(), want)
		}
	})
}

// A token must be for the endpoint and its port, not for the tunnel's.
func TestPort(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		var asked string
		opts := options()
		opts.Password = func(_ context.Context, endpoint, _ string) (string, error) {
			asked = endpoint
			return dbservers.Password, nil
		}
		if err := run(t.Context(), exampledb.PostgresURL(forward(t, s.Addr)), opts, io.Discard); err != nil {
			t.Errorf("run = %v, want nil", err)
		}
		if want := exampledb.Endpoint + ":5432"; asked != want {
			t.Errorf("the password was asked for %q, want %q", asked, want)
		}
	})
}

// Without RDS_ENDPOINT, nothing says who is at the other end.
func TestNoEndpoint(t *testing.T) {
	t.Parallel()
	err := run(t.Context(), "postgres://app@localhost:15432/orders", &rdstls.Options{}, io.Discard)
	if !errors.Is(err, rdstls.ErrNotEndpoint) {
		t.Errorf("run = %v, want %v", err, rdstls.ErrNotEndpoint)
	}
}

// A tunnel to the wrong end, or another program on the local port.
func TestImpostor(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	if err := run(t.Context(), exampledb.PostgresURL(forward(t, impostor.Addr())), options(), io.Discard); err == nil {
		t.Error("run = nil, want an error")
	}
	impostor.WantNothing(t)
}
