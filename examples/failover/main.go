// Failover connects to whichever of several hosts is the writer. The list is in
// the connection string, and each host is verified by its own name:
//
//	DATABASE_URL='postgres://user:password@orders-1.….rds.amazonaws.com,orders-2.….rds.amazonaws.com/orders?target_session_attrs=read-write' \
//	go run ./examples/failover
//
// The instances of an Aurora cluster are such hosts: a list of them does not wait
// for the DNS record of the cluster endpoint to change. Options.ServerName is
// for a single host, and refused with several.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func main() {
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), nil, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "failover:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// run prints which host is the writer. With RDS, opts is nil.
func run(ctx context.Context, url string, opts *rdstls.Options, out io.Writer) error {
	cfg, err := rdspgx.ParsePoolConfig(url, opts)
	if err != nil {
		return err
	}
	pool, err := newPool(ctx, cfg, opts)
	if err != nil {
		return err
	}
	defer pool.Close()
	host, err := write(ctx, pool, "create temporary table failover_example () on commit drop")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "verified, and written to", host)
	return err
}

// newPool is pgxpool.NewWithConfig for verified servers. It calls Configure again,
// which reads ConnectTimeout.
func newPool(ctx context.Context, cfg *pgxpool.Config, opts *rdstls.Options) (*pgxpool.Pool, error) {
	cfg.ConnConfig.ConnectTimeout = 5 * time.Second // after which the next host is tried
	if err := rdspgx.Configure(cfg.ConnConfig, opts); err != nil {
		return nil, err
	}
	return pgxpool.NewWithConfig(ctx, cfg)
}
