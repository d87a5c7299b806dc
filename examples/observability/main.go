// Observability counts failed connections to RDS by their reason, logs what to do
// about each, and exports when the server's certificate expires and which
// versions of TLS are spoken.
//
//	DATABASE_URL=postgres://… go run ./examples/observability
//
// It connects once and prints what expvar serves at /debug/vars. With another
// library of metrics, monitor.go is the file to change.
package main

import (
	"context"
	"errors"
	"expvar"
	"fmt"
	"io"
	"log/slog"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func main() {
	m := newMonitor(slog.New(slog.NewTextHandler(os.Stderr, nil)))
	expvar.Publish("database", &m.vars)
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), nil, m, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "observability:", err)
		os.Exit(1)
	}
}

// run connects and prints the metrics, also if it fails. With RDS, opts is nil.
func run(ctx context.Context, connString string, opts *rdstls.Options, m *monitor, out io.Writer) error {
	pool, err := open(ctx, connString, opts, m)
	if err != nil {
		m.failed(ctx, err) // the configuration was refused
		return err
	}
	defer pool.Close()
	err = pool.Ping(ctx)
	_, printErr := fmt.Fprintln(out, &m.vars)
	return errors.Join(err, printErr)
}

// open is rdspgx.NewPool with m as the tracer of its connections.
func open(ctx context.Context, connString string, opts *rdstls.Options, m *monitor) (*pgxpool.Pool, error) {
	cfg, err := rdspgx.ParsePoolConfig(connString, opts)
	if err != nil {
		return nil, err
	}
	cfg.ConnConfig.Tracer = m
	return pgxpool.NewWithConfig(ctx, cfg)
}
