// Goose migrates databases on RDS with goose, over verified connections.
//
// Each of the variables that is set names one database, in which the tables
// example_orders and goose_db_version are created:
//
//	DATABASE_URL=postgres://… MYSQL_DSN=… go run ./goose
//
// # Give it the *sql.DB, not a string
//
// Tools for migrations ask for a connection string. That is where verification
// gets lost, because a string cannot hold a *tls.Config: ConnString, of a
// configuration of pgx, returns the text that was parsed, sslmode=require and all,
// and FormatDSN, of one of go-sql-driver/mysql, leaves the TLS out. (The driver
// refuses the DSN that FormatDSN makes after rdsmysql.Configure, rather than
// connect without TLS.) So open the database here, and hand that over.
package main

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"

	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

//go:embed migrations/*.sql
var migrations embed.FS

func main() {
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), os.Getenv("MYSQL_DSN"), nil, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "goose:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// run migrates each database whose connection string is not empty. With RDS, opts
// is nil.
func run(ctx context.Context, postgresURL, mysqlDSN string, opts *rdstls.Options, out io.Writer) error {
	if postgresURL == "" && mysqlDSN == "" {
		return errors.New("set DATABASE_URL or MYSQL_DSN")
	}
	if postgresURL != "" {
		db, err := rdspgx.OpenDB(postgresURL, opts)
		if err != nil {
			return err
		}
		defer db.Close()
		if err := migrate(ctx, goose.DialectPostgres, db, out); err != nil {
			return err
		}
	}
	if mysqlDSN != "" {
		db, err := rdsmysql.OpenDB(mysqlDSN, opts)
		if err != nil {
			return err
		}
		defer db.Close()
		return migrate(ctx, goose.DialectMySQL, db, out)
	}
	return nil
}

// migrate brings db to the latest version. It does not close the provider, which
// would close db.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB, out io.Writer) error {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(dialect, db, files)
	if err != nil {
		return fmt.Errorf("%s: %w", dialect, err)
	}
	applied, err := provider.Up(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", dialect, err)
	}
	version, err := provider.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", dialect, err)
	}
	_, err = fmt.Fprintf(out, "%s: %d migrations applied, now at version %d\n", dialect, len(applied), version)
	return err
}
