// Alias connects to RDS by a name of the team's own, such as db.internal.example,
// a CNAME record of an endpoint. No certificate carries that name, so the program
// says which endpoint it expects to be behind it:
//
//	RDS_ENDPOINT=orders.….eu-west-1.rds.amazonaws.com \
//	DATABASE_URL=postgres://…@db.internal.example/… MYSQL_DSN='…@tcp(db.internal.example)/…' \
//	go run ./examples/alias
//
// RDS_ENDPOINT is the answer to whom to trust, so it belongs in the program's
// own configuration. Do not look the record up for it: whoever can change the
// record, or forge an answer, could name an RDS instance of his own, which has a
// valid certificate.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"

	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func main() {
	opts := &rdstls.Options{ServerName: os.Getenv("RDS_ENDPOINT")}
	err := run(context.Background(), os.Getenv("DATABASE_URL"), os.Getenv("MYSQL_DSN"), opts, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "alias:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// run asks each database whose connection string is not empty. The options are
// the same for both drivers.
func run(ctx context.Context, postgresURL, mysqlDSN string, opts *rdstls.Options, out io.Writer) error {
	if postgresURL == "" && mysqlDSN == "" {
		return errors.New("set DATABASE_URL or MYSQL_DSN")
	}
	if postgresURL != "" {
		db, err := rdspgx.OpenDB(postgresURL, opts)
		if err != nil {
			return err
		}
		if err := ask(ctx, db, "PostgreSQL", out); err != nil {
			return err
		}
	}
	if mysqlDSN != "" {
		db, err := rdsmysql.OpenDB(mysqlDSN, opts)
		if err != nil {
			return err
		}
		return ask(ctx, db, "MySQL", out)
	}
	return nil
}

// ask stands for the work of a service. It closes db.
func ask(ctx context.Context, db *sql.DB, name string, out io.Writer) error {
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err := fmt.Fprintf(out, "%s: the endpoint behind the alias is verified\n", name)
	return err
}
