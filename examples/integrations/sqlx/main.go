// Sqlx connects to RDS with sqlx, over verified connections.
//
// Each of the variables that is set names one database to connect to:
//
//	DATABASE_URL=postgres://… MYSQL_DSN=… go run ./sqlx
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/jmoiron/sqlx"

	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func main() {
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), os.Getenv("MYSQL_DSN"), nil, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sqlx:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// run asks each database whose connection string is not empty. With RDS, opts is
// nil.
func run(ctx context.Context, postgresURL, mysqlDSN string, opts *rdstls.Options, out io.Writer) error {
	if postgresURL == "" && mysqlDSN == "" {
		return errors.New("set DATABASE_URL or MYSQL_DSN")
	}
	if postgresURL != "" {
		db, err := openPostgres(postgresURL, opts)
		if err != nil {
			return err
		}
		defer db.Close()
		if err := ask(ctx, db, out); err != nil {
			return err
		}
	}
	if mysqlDSN != "" {
		db, err := openMySQL(mysqlDSN, opts)
		if err != nil {
			return err
		}
		defer db.Close()
		return ask(ctx, db, out)
	}
	return nil
}

// openPostgres takes the place of sqlx.Open("pgx", url). The driver's name tells
// sqlx how placeholders are written.
func openPostgres(url string, opts *rdstls.Options) (*sqlx.DB, error) {
	db, err := rdspgx.OpenDB(url, opts)
	if err != nil {
		return nil, err
	}
	return sqlx.NewDb(db, "pgx"), nil
}

// openMySQL takes the place of sqlx.Open("mysql", dsn).
func openMySQL(dsn string, opts *rdstls.Options) (*sqlx.DB, error) {
	db, err := rdsmysql.OpenDB(dsn, opts)
	if err != nil {
		return nil, err
	}
	return sqlx.NewDb(db, "mysql"), nil
}

func ask(ctx context.Context, db *sqlx.DB, out io.Writer) error {
	var n int
	if err := db.GetContext(ctx, &n, "select 1"); err != nil {
		return err
	}
	_, err := fmt.Fprintf(out, "%s: connected and verified; select 1 returned %d\n", db.DriverName(), n)
	return err
}
