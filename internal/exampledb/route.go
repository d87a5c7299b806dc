package exampledb

import (
	"context"
	"crypto/tls"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/internal/fakedb"
)

// Route leads the hosts of cfg to the addresses of servers, as DNS would. Call it
// before rdspgx.Configure.
func Route(cfg *pgx.ConnConfig, addrs map[string]string) {
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) {
		addr, ok := addrs[host]
		if !ok {
			return nil, fmt.Errorf("exampledb: no route to %q", host)
		}
		return []string{addr}, nil
	}
}

// PostgresImpostorWith starts an impostor with another certificate, for one test:
// a forged one of another endpoint, or a genuine one of an instance that is the
// attacker's own.
func PostgresImpostorWith(tb testing.TB, cert tls.Certificate) *Impostor {
	tb.Helper()
	server, err := fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: &tls.Config{Certificates: []tls.Certificate{cert}}})
	return impostor(tb, server, err)
}

// MySQLImpostorWith is [PostgresImpostorWith] for MySQL.
func MySQLImpostorWith(tb testing.TB, cert tls.Certificate) *Impostor {
	tb.Helper()
	server, err := fakedb.ListenMySQL(fakedb.MySQLOptions{
		TLS: &tls.Config{Certificates: []tls.Certificate{cert}}, Plugin: fakedb.CachingSHA2Password,
	})
	return impostor(tb, server, err)
}
