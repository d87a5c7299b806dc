// Tunnel connects to RDS through a port of localhost that SSH or Session Manager
// forwards:
//
//	ssh -N -L 15432:orders.….eu-west-1.rds.amazonaws.com:5432 bastion
//
//	aws ssm start-session --target INSTANCE-ID --document-name AWS-StartPortForwardingSessionToRemoteHost \
//	  --parameters host=orders.….eu-west-1.rds.amazonaws.com,portNumber=5432,localPortNumber=15432
//
//	RDS_ENDPOINT=orders.….eu-west-1.rds.amazonaws.com:5432 \
//	DATABASE_URL=postgres://…@localhost:15432/… go run ./examples/tunnel
//
// The certificate is verified through the tunnel, from this program to the
// database: neither the bastion nor another program on that local port can read
// along.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func main() {
	// With its port, which is not the local one: tokens of rdsiam are signed for it.
	opts := &rdstls.Options{ServerName: os.Getenv("RDS_ENDPOINT")}
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), opts, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "tunnel:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// run asks the database at the other end. The same options serve
// rdsmysql.OpenDB.
func run(ctx context.Context, url string, opts *rdstls.Options, out io.Writer) error {
	pool, err := rdspgx.NewPool(ctx, url, opts)
	if err != nil {
		return err
	}
	defer pool.Close()
	var user, version string
	if err := pool.QueryRow(ctx, "select current_user, current_setting('server_version')").Scan(&user, &version); err != nil {
		return fmt.Errorf("ask for the version: %w", err)
	}
	_, err = fmt.Fprintf(out, "verified, and logged in as %s to PostgreSQL %s\n", user, version)
	return err
}
