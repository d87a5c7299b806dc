// Iampgxpool logs in to PostgreSQL on RDS with IAM tokens instead of a password.
//
//	DATABASE_URL=postgres://app@orders.c9akciq32.eu-west-1.rds.amazonaws.com/shop go run ./iampgxpool
//
// The credentials are those that the AWS SDK finds: variables of the environment,
// a profile, the role of the machine, container or function. They must be allowed
// to rds-db:connect as the user, whom PostgreSQL must know as one of IAM's:
//
//	GRANT rds_iam TO app;
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

func main() {
	if err := start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "iampgxpool:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

func start(ctx context.Context) error {
	awsConfig, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	return run(ctx, os.Getenv("DATABASE_URL"), awsConfig, rdstls.Options{}, os.Stdout)
}

// run connects twice. With RDS, opts is empty, or has the ServerName behind an
// alias, with its port.
func run(ctx context.Context, connString string, awsConfig aws.Config, opts rdstls.Options, out io.Writer) error {
	// Each connection gets a token of its own, once its server has been verified.
	// Tokens last 15 minutes, but only the login looks at them: connections can
	// live as long as others. The Region is the one in the endpoint's name.
	signer := &rdsiam.Signer{Credentials: awsConfig.Credentials}
	opts.Password = signer.Token
	pool, err := rdspgx.NewPool(ctx, connString, &opts)
	if err != nil {
		return err
	}
	defer pool.Close()

	for range 2 {
		var n int
		if err := pool.QueryRow(ctx, "select 1").Scan(&n); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "verified, and logged in with a token; select 1 returned %d\n", n); err != nil {
			return err
		}
		pool.Reset() // for the example alone: the next query needs a new token
	}
	return nil
}
