// Readiness serves the probes of a program that needs RDS, for an orchestrator
// such as Kubernetes.
//
//	DATABASE_URL=postgres://… go run ./examples/readiness
//	curl -i localhost:8080/readyz
//
// Readiness asks the database, liveness must not: a failover, or a rotation of
// certificates that went wrong, is over when the database is fixed, and killing
// every pod fixes nothing.
//
// A service with a pgxpool probes it through stdlib.OpenDBFromPool(pool), and puts a
// connect_timeout below the timeout of the probe into its connection string, so that
// a silent server has a reason too.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"time"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	listener, err := net.Listen("tcp", ":8080")
	if err == nil {
		err = run(ctx, os.Getenv("DATABASE_URL"), nil, listener, os.Stderr)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "readiness:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// run serves the probes until ctx is done. With RDS, opts is nil.
func run(ctx context.Context, connString string, opts *rdstls.Options, listener net.Listener, logs io.Writer) error {
	defer listener.Close()
	// A configuration that is refused ends the program at once: no probe has to
	// find out. OpenDB makes no connection.
	db, err := rdspgx.OpenDB(connString, opts)
	if err != nil {
		return err
	}
	defer db.Close()

	p := probe{db: db, timeout: 2 * time.Second, log: slog.New(slog.NewTextHandler(logs, nil))}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /readyz", p.ready)
	mux.HandleFunc("GET /livez", live)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	stop := context.AfterFunc(ctx, func() { server.Close() })
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
