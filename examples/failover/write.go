package main

import (
	"context"
	"crypto/tls"
	"errors"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// readOnly is the SQLSTATE of a statement that a reader refuses to run
// (https://www.postgresql.org/docs/current/errcodes-appendix.html).
const readOnly = "25006"

// write runs one statement, and returns the host that ran it.
//
// Which host is the writer was checked when the pool made its connections. If one
// has become a reader and lives on, so do the connections to it. They are replaced
// here, and the statement, which has changed nothing, is run once more.
func write(ctx context.Context, pool *pgxpool.Pool, statement string) (host string, err error) {
	host, err = exec(ctx, pool, statement)
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Code == readOnly {
		pool.Reset()
		return exec(ctx, pool, statement)
	}
	return host, err
}

func exec(ctx context.Context, pool *pgxpool.Pool, statement string) (host string, err error) {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return "", err
	}
	defer conn.Release()
	if _, err := conn.Exec(ctx, statement); err != nil {
		return "", err
	}
	tlsConn, ok := conn.Conn().PgConn().Conn().(*tls.Conn)
	if !ok {
		return "", errors.New("not a TLS connection")
	}
	return tlsConn.ConnectionState().ServerName, nil // the one of the list that was verified
}
