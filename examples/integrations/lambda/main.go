// Lambda is an AWS Lambda function that queries PostgreSQL on RDS, logged in with
// IAM tokens of the function's role.
//
// Build the executable for the runtime provided.al2023, and set DATABASE_URL in
// the environment of the function:
//
//	GOOS=linux GOARCH=arm64 CGO_ENABLED=0 go build -o bootstrap ./lambda
//	DATABASE_URL=postgres://app@orders.c9akciq32.eu-west-1.rds.amazonaws.com/shop
//
// The role must be allowed to rds-db:connect as the user. With a password in the
// connection string instead, leave out the Signer.
package main

import (
	"context"
	"database/sql"
	"fmt"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

func main() {
	awsConfig, err := config.LoadDefaultConfig(context.Background())
	if err != nil {
		fail(err)
	}
	h, err := newHandler(os.Getenv("DATABASE_URL"), awsConfig, rdstls.Options{})
	if err != nil {
		fail(err)
	}
	lambda.Start(h.handle)
}

// fail ends the initialization, which Lambda reports.
func fail(err error) {
	fmt.Fprintln(os.Stderr, "lambda:", err)
	if d, ok := rdstls.Diagnose(err); ok {
		fmt.Fprintln(os.Stderr, d.Advice)
	}
	os.Exit(1)
}

// A handler lives as long as its execution environment, for many invocations.
type handler struct{ db *sql.DB }

// newHandler opens the database without connecting: the first query does that.
// With RDS, opts is empty.
func newHandler(connString string, awsConfig aws.Config, opts rdstls.Options) (*handler, error) {
	opts.Password = (&rdsiam.Signer{Credentials: awsConfig.Credentials}).Token
	db, err := rdspgx.OpenDB(connString, &opts)
	if err != nil {
		return nil, err
	}
	// An environment handles one invocation at a time, so one connection is enough.
	// There can be a thousand environments, so more would soon be too many.
	db.SetMaxOpenConns(1)
	return &handler{db}, nil
}

// A response says how many connections the user has, of all environments.
type response struct {
	Connections int `json:"connections"`
}

// handle is called once for each invocation. Its ctx ends when the time of the
// invocation is up.
func (h *handler) handle(ctx context.Context) (*response, error) {
	var r response
	row := h.db.QueryRowContext(ctx, "select count(*) from pg_stat_activity where usename = current_user")
	if err := row.Scan(&r.Connections); err != nil {
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice) // for the log; the caller gets err
		}
		return nil, err
	}
	return &r, nil
}
