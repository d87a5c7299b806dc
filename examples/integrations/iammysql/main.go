// Iammysql logs in to MySQL or MariaDB on RDS with IAM tokens instead of a
// password.
//
//	MYSQL_DSN='app@tcp(orders.c9akciq32.eu-west-1.rds.amazonaws.com:3306)/shop' go run ./iammysql
//
// The credentials are those that the AWS SDK finds: variables of the environment,
// a profile, the role of the machine, container or function. They must be allowed
// to rds-db:connect as the user, whom the database must know as one of IAM's:
//
//	CREATE USER app IDENTIFIED WITH AWSAuthenticationPlugin AS 'RDS';
//
// MySQL allows names of 32 characters. Those of IAM roles can have 64, so do not
// plan on naming users after roles: the policy connects the two.
package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

func main() {
	if err := start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "iammysql:", err)
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
	return run(ctx, os.Getenv("MYSQL_DSN"), awsConfig, rdstls.Options{}, os.Stdout)
}

// run connects twice. With RDS, opts is empty, or has the ServerName behind an
// alias, with its port.
func run(ctx context.Context, dsn string, awsConfig aws.Config, opts rdstls.Options, out io.Writer) error {
	// Each connection gets a token of its own, which only a verified server sees.
	// The DSN needs no allowCleartextPasswords: the token, sent in cleartext inside
	// TLS, is allowed to be. The Region is the one in the endpoint's name.
	signer := &rdsiam.Signer{Credentials: awsConfig.Credentials}
	opts.Password = signer.Token
	db, err := rdsmysql.OpenDB(dsn, &opts)
	if err != nil {
		return err
	}
	defer db.Close()

	db.SetMaxIdleConns(-1) // for the example alone: the next query needs a new token
	for range 2 {
		var n int
		if err := db.QueryRowContext(ctx, "select 1").Scan(&n); err != nil {
			return err
		}
		if _, err := fmt.Fprintf(out, "verified, and logged in with a token; select 1 returned %d\n", n); err != nil {
			return err
		}
	}
	return nil
}
