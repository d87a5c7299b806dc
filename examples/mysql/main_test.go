package main

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/rdstls"
)

var servers = exampledb.Servers(dbservers.MySQL, dbservers.MariaDB)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// env returns the environment of a user whose database is at addr.
func env(addr string) func(string) string {
	variables := map[string]string{
		"MYSQL_ADDR": addr, "MYSQL_USER": dbservers.User,
		"MYSQL_PASSWORD": dbservers.Password, "MYSQL_DATABASE": dbservers.Database,
	}
	return func(name string) string { return variables[name] }
}

// ways are the two ways to connect.
var ways = map[string]func(ctx context.Context, addr string, opts *rdstls.Options, out io.Writer) error{
	"dsn": func(ctx context.Context, addr string, opts *rdstls.Options, out io.Writer) error {
		return runDSN(ctx, exampledb.MySQLDSN(addr), opts, out)
	},
	"config": func(ctx context.Context, addr string, opts *rdstls.Options, out io.Writer) error {
		return runConfig(ctx, newConfig(env(addr)), opts, out)
	},
}

func TestRun(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"dsn":    {"verified, and logged in to version "},
		"config": {"verified, and logged in to version ", "\nthe server's clock says 2"},
	}
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for name, run := range ways {
			var out strings.Builder
			if err := run(t.Context(), s.Addr, exampledb.Trust(), &out); err != nil {
				t.Errorf("%s: %v, want nil", name, err)
			}
			for _, want := range want[name] {
				if got := out.String(); !strings.Contains(got, want) {
					t.Errorf("%s printed %q, want %q in it", name, got, want)
				}
			}
		}
	})
}

func TestImpostor(t *testing.T) {
	t.Parallel()
	for name, run := range ways {
		impostor := exampledb.MySQLImpostor(t)
		var out strings.Builder
		if err := run(t.Context(), impostor.Addr(), exampledb.Trust(), &out); err == nil || out.Len() > 0 {
			t.Errorf("%s: %v, printing %q; want an error alone", name, err, out.String())
		}
		impostor.WantNothing(t)
	}
}
