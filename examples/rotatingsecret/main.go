// Rotatingsecret opens pools whose password another program changes, as the
// rotation of AWS Secrets Manager does: each new connection reads it anew, and
// only a verified server is told.
//
// SECRET_FILE holds {"username": "…", "password": "…"}; each of the other
// variables that is set names one database to connect to, without a password:
//
//	SECRET_FILE=… DATABASE_URL=postgres://app@… MYSQL_DSN='app@tcp(…)/…' go run ./examples/rotatingsecret
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func main() {
	opts := &rdstls.Options{
		Password: fromSecret(func(context.Context) ([]byte, error) { return os.ReadFile(os.Getenv("SECRET_FILE")) }),
	}
	err := run(context.Background(), os.Getenv("DATABASE_URL"), os.Getenv("MYSQL_DSN"), opts, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "rotatingsecret:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// run asks each database whose connection string is not empty.
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
	// Neither database ends sessions when a password changes. This bounds the time
	// for which they outlive it; a pgxpool.Config has MaxConnLifetime for that.
	db.SetConnMaxLifetime(30 * time.Minute)
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	_, err := fmt.Fprintf(out, "%s: verified, and logged in with the secret\n", name)
	return err
}
