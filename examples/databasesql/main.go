// Databasesql connects to RDS for PostgreSQL with database/sql and pgx, and sets
// the limits of the pool.
//
//	DATABASE_URL=postgres://… go run ./examples/databasesql
package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"time"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func main() {
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), nil, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "databasesql:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// open takes the place of sql.Open("pgx", url). Like that, it does not connect.
func open(url string, opts *rdstls.Options) (*sql.DB, error) {
	db, err := rdspgx.OpenDB(url, opts)
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(10) // no limit by default, until the server's max_connections is reached
	db.SetMaxIdleConns(10) // 2 by default: each further connection would cost a handshake again and again
	db.SetConnMaxIdleTime(5 * time.Minute)
	db.SetConnMaxLifetime(time.Hour)
	return db, nil
}

// run logs in and prints where. With RDS, opts is nil.
func run(ctx context.Context, url string, opts *rdstls.Options, out io.Writer) error {
	db, err := open(url, opts)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	var user, version string
	if err := db.QueryRowContext(ctx, "select current_user, current_setting('server_version')").Scan(&user, &version); err != nil {
		return fmt.Errorf("ask for the version: %w", err)
	}
	_, err = fmt.Fprintf(out, "verified, and logged in as %s to PostgreSQL %s\n", user, version)
	return err
}
