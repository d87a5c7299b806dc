package main

import (
	"context"
	"crypto/tls"
	"errors"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/internal/fakedb"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

const postgresDSN = "postgres://" + user + ":" + password + "@" + endpoint + ":5432/" + schema + "?sslmode=require"

func postgreSQL() database {
	return database{
		name:          "PostgreSQL",
		driver:        "pgx",
		adapter:       "rdspgx",
		dsn:           postgresDSN,
		requestLength: 8, // the message SSLRequest
		listen: func(cfg *tls.Config) (*fakedb.Server, error) {
			return fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: cfg})
		},
		stock:      stockPostgres,
		verified:   verifiedPostgres,
		own:        ownPostgres,
		passwordIn: postgresPassword,
	}
}

func stockPostgres(ctx context.Context, addr string) (connection, error) {
	cfg, err := parsePostgres(addr)
	if err != nil {
		return connection{}, err
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	return inspectPostgres(ctx, conn, err)
}

// verifiedPostgres is stockPostgres with one more line. An application that does
// not have to lead its connections astray calls rdspgx.Connect, as ownPostgres
// does.
func verifiedPostgres(ctx context.Context, addr string, opts *rdstls.Options) (connection, error) {
	cfg, err := parsePostgres(addr)
	if err != nil {
		return connection{}, err
	}
	if err := rdspgx.Configure(cfg, opts); err != nil {
		return connection{}, err
	}
	conn, err := pgx.ConnectConfig(ctx, cfg)
	return inspectPostgres(ctx, conn, err)
}

func ownPostgres(ctx context.Context, dsn string, opts *rdstls.Options) (connection, error) {
	conn, err := rdspgx.Connect(ctx, dsn, opts)
	return inspectPostgres(ctx, conn, err)
}

// parsePostgres leads the endpoint's name to addr, as DNS in the hands of an
// attacker would.
func parsePostgres(addr string) (*pgx.ConnConfig, error) {
	// With a root.crt in the home directory, require means verify-ca, as in libpq. The
	// demonstration is about machines without one.
	//rdstls:ignore RT002 the demonstration shows what an impostor gets with this mode
	cfg, err := pgx.ParseConfig(postgresDSN + "&sslrootcert=&sslcert=&sslkey=")
	if err != nil {
		return nil, err
	}
	cfg.LookupFunc = func(context.Context, string) ([]string, error) { return []string{addr}, nil }
	return cfg, nil
}

// unsetPostgresVariables lets the demonstration's connection string speak for
// itself: PGSSLROOTCERT, PGSERVICE and others would add to it.
func unsetPostgresVariables() error {
	var errs []error
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "PG") {
			errs = append(errs, os.Unsetenv(name))
		}
	}
	return errors.Join(errs...)
}

// inspectPostgres takes the two results of a connect function.
func inspectPostgres(ctx context.Context, conn *pgx.Conn, err error) (connection, error) {
	if err != nil {
		return connection{}, err
	}
	var c connection
	if tlsConn, ok := conn.PgConn().Conn().(*tls.Conn); ok {
		c.tls = tlsConn.ConnectionState()
	}
	err = conn.QueryRow(ctx, query).Scan(&c.answer)
	return c, errors.Join(err, conn.Close(ctx))
}

func postgresPassword(dsn string) string {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return "" // it was never sent, and errors of rdspgx do not quote the string
	}
	return cfg.Password
}
