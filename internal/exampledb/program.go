package exampledb

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/rdstls"
)

// A Program is the function run of an example that takes a connection string for
// each kind of database, of which one may be empty.
type Program func(ctx context.Context, postgresURL, mysqlDSN string, opts *rdstls.Options, out io.Writer) error

// Prints fails the test unless the program prints, with every server, what want
// says: one text for each time that it is run.
func (p Program) Prints(t *testing.T, servers *dbservers.Set, want func(dbservers.Kind) []string) {
	t.Helper()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		postgresURL, mysqlDSN := PostgresURL(s.Addr), ""
		if s.Kind != dbservers.Postgres {
			postgresURL, mysqlDSN = "", MySQLDSN(s.Addr)
		}
		for _, text := range want(s.Kind) {
			var out strings.Builder
			if err := p(t.Context(), postgresURL, mysqlDSN, Trust(), &out); err != nil {
				t.Fatalf("run = %v, want nil", err)
			}
			if got := out.String(); got != text {
				t.Errorf("run printed %q, want %q", got, text)
			}
		}
	})
}

// RefusesImpostors fails the test unless the program fails with an impostor of
// either kind, and tells it nothing.
func (p Program) RefusesImpostors(t *testing.T) {
	t.Helper()
	postgres, mysql := PostgresImpostor(t), MySQLImpostor(t)
	if err := p(t.Context(), PostgresURL(postgres.Addr()), "", Trust(), io.Discard); err == nil {
		t.Error("run with an impostor of PostgreSQL succeeded")
	}
	if err := p(t.Context(), "", MySQLDSN(mysql.Addr()), Trust(), io.Discard); err == nil {
		t.Error("run with an impostor of MySQL succeeded")
	}
	postgres.WantNothing(t)
	mysql.WantNothing(t)
}
