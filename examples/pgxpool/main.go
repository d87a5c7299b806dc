// Pgxpool is an HTTP service that queries RDS for PostgreSQL through a pgxpool,
// over verified connections, and shuts down gracefully.
//
//	DATABASE_URL=postgres://… go run ./examples/pgxpool
//	curl http://localhost:8080/time
package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

const (
	startTimeout    = 30 * time.Second
	shutdownTimeout = 20 * time.Second // less than an orchestrator waits before it kills
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listener, err := net.Listen("tcp", "localhost:8080")
	if err == nil {
		err = run(ctx, listener, os.Getenv("DATABASE_URL"), nil, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pgxpool:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// newPool keeps the service's own settings of the pool. A service that has none
// in code calls rdspgx.NewPool(ctx, url, nil), and nothing else.
func newPool(ctx context.Context, url string, opts *rdstls.Options) (*pgxpool.Pool, error) {
	cfg, err := rdspgx.ParsePoolConfig(url, opts)
	if err != nil {
		return nil, err
	}
	cfg.MaxConns = 20
	cfg.MaxConnIdleTime = 5 * time.Minute
	cfg.ConnConfig.RuntimeParams["application_name"] = "pgxpool-example"
	return pgxpool.NewWithConfig(ctx, cfg)
}

// run serves until ctx is done. With RDS, opts is nil.
func run(ctx context.Context, listener net.Listener, url string, opts *rdstls.Options, out io.Writer) error {
	defer listener.Close()
	pool, err := newPool(ctx, url, opts)
	if err != nil {
		return err
	}
	defer pool.Close()
	if err := ping(ctx, pool); err != nil {
		return err
	}
	log := slog.New(slog.NewTextHandler(out, nil))
	log.Info("serving", "addr", listener.Addr())
	return serve(ctx, listener, newHandler(pool, log))
}

// ping makes a first connection, which the pool alone does not wait for: a server
// that cannot be verified stops the deployment, not the first customer.
func ping(ctx context.Context, pool *pgxpool.Pool) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	return pool.Ping(ctx)
}

// serve ends once ctx is done and the requests that are under way are answered.
func serve(ctx context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	return server.Shutdown(ctx)
}
