// Localdev has a program that verifies RDS in production and still runs against
// the database on a developer's machine, in the two ways that are honest about it.
//
// A plain database, such as "docker run -p 5432:5432 postgres", has no
// certificate, and its connection is not verified (plain.go):
//
//	UNVERIFIED_DATABASE=yes DATABASE_URL=postgres://postgres:dev@localhost/app go run ./examples/localdev
//
// A database with a certificate from its own CA is verified as RDS is,
// against that CA (ownca.go):
//
//	DATABASE_CA=ca.pem DATABASE_URL=postgres://… go run ./examples/localdev
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/rdstls/go/rdstls"
)

func main() {
	if err := start(context.Background(), os.Getenv, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "localdev:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

func start(ctx context.Context, get func(string) string, out io.Writer) error {
	opts, err := options(get("DATABASE_CA"), get("DATABASE_SERVER_NAME"))
	if err != nil {
		return err
	}
	return run(ctx, get("DATABASE_URL"), opts, get("UNVERIFIED_DATABASE") == "yes", out)
}

// run connects and asks the server something. With RDS, opts is nil and plain
// false.
func run(ctx context.Context, connString string, opts *rdstls.Options, plain bool, out io.Writer) error {
	pool, err := open(ctx, connString, opts, plain, out)
	if err != nil {
		return err
	}
	defer pool.Close()
	var secure bool
	const query = "select ssl from pg_stat_ssl where pid = pg_backend_pid()"
	if err := pool.QueryRow(ctx, query).Scan(&secure); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "connected; the server sees TLS: %t\n", secure)
	return err
}
