// Sqlc runs queries that sqlc generated on RDS, over a verified pool of pgx.
//
//	DATABASE_URL=postgres://… go run ./sqlc
//
// It creates the table example_orders. The package orders is what sqlc v1.31.1
// made of schema.sql, query.sql and sqlc.yaml. It takes any DBTX, so the pool is
// all that changes.
package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"

	"github.com/rdstls/go/examples/integrations/sqlc/orders"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

//go:embed schema.sql
var schema string

func main() {
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), nil, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sqlc:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// run inserts a row and reads it back. With RDS, opts is nil.
func run(ctx context.Context, connString string, opts *rdstls.Options, out io.Writer) error {
	pool, err := rdspgx.NewPool(ctx, connString, opts)
	if err != nil {
		return err
	}
	defer pool.Close()
	if _, err := pool.Exec(ctx, schema); err != nil {
		return fmt.Errorf("create table: %w", err)
	}
	queries := orders.New(pool)
	placed, err := queries.CreateOrder(ctx, "tea")
	if err != nil {
		return fmt.Errorf("insert: %w", err)
	}
	found, err := queries.GetOrder(ctx, placed.ID)
	if err != nil {
		return fmt.Errorf("read: %w", err)
	}
	_, err = fmt.Fprintf(out, "order %d is for %s\n", found.ID, found.Item)
	return err
}
