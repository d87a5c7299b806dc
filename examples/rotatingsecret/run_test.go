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
)

func TestRun(t *testing.T) {
	t.Parallel()
	var root secret
	root.set(t, dbservers.User, dbservers.Password)
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		postgresURL, mysqlDSN, want := exampledb.PostgresURL(s.Addr), "", "PostgreSQL: verified"
		if s.Kind != dbservers.Postgres {
			postgresURL, mysqlDSN, want = "", exampledb.MySQLDSN(s.Addr), "MySQL: verified"
		}
		var out strings.Builder
		if err := run(t.Context(), postgresURL, mysqlDSN, root.options(), &out); err != nil || !strings.HasPrefix(out.String(), want) {
			t.Errorf("run = %v, printing %q; want nil, and %q", err, out.String(), want)
		}
	})
}

func TestFromSecret(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, tt := range []struct {
		name, secret string
		err          error
		want         string // "" is an error
	}{
		{"right", `{"username": "app", "password": "hush", "host": "ignored"}`, nil, "hush"},
		{"of-another-user", `{"username": "app_clone", "password": "hush"}`, nil, ""},
		{"malformed", `{"password": "hush"`, nil, ""},
		{"not-retrieved", "", broken, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			password := fromSecret(func(context.Context) ([]byte, error) { return []byte(tt.secret), tt.err })
			got, err := password(t.Context(), exampledb.Endpoint+":5432", "app")
			if got != tt.want || (err == nil) != (tt.want != "") || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("password = %q, %v, want %q", got, err, tt.want)
			}
			if err != nil && strings.Contains(err.Error(), "hush") {
				t.Errorf("the error holds the password: %v", err)
			}
		})
	}
}

// A file that is not there is told to whoever opens the pool.
func TestNoSecretFile(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		opts := exampledb.Trust()
		opts.Password = fromSecret(func(context.Context) ([]byte, error) { return os.ReadFile("no-such-file") })
		if err := run(t.Context(), exampledb.PostgresURL(s.Addr), "", opts, io.Discard); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("run = %v, want %v", err, os.ErrNotExist)
		}
	}, dbservers.Postgres)
}

func TestImpostor(t *testing.T) {
	t.Parallel()
	var root secret
	root.set(t, dbservers.User, dbservers.Password)
	postgres, mysql := exampledb.PostgresImpostor(t), exampledb.MySQLImpostor(t)
	if err := run(t.Context(), exampledb.PostgresURL(postgres.Addr()), "", root.options(), io.Discard); err == nil {
		t.Error("PostgreSQL: run = nil, want an error")
	}
	if err := run(t.Context(), "", exampledb.MySQLDSN(mysql.Addr()), root.options(), io.Discard); err == nil {
		t.Error("MySQL: run = nil, want an error")
	}
	postgres.WantNothing(t)
	mysql.WantNothing(t)
}
