// Bun uses RDS through the ORM Bun, over verified connections.
//
// Each of the variables that is set names one database, in which the table
// example_orders is created:
//
//	DATABASE_URL=postgres://… MYSQL_DSN=… go run ./bun
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/mysqldialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/schema"

	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func main() {
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), os.Getenv("MYSQL_DSN"), nil, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bun:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// An ExampleOrder is a row of the table example_orders.
type ExampleOrder struct {
	ID   int64  `bun:",pk,autoincrement"`
	Item string `bun:",notnull"`
}

// run uses each database whose connection string is not empty. With RDS, opts is
// nil.
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
		if err := order(ctx, db, pgdialect.New(), out); err != nil {
			return err
		}
	}
	if mysqlDSN != "" {
		db, err := rdsmysql.OpenDB(mysqlDSN, opts)
		if err != nil {
			return err
		}
		defer db.Close()
		return order(ctx, db, mysqldialect.New(), out)
	}
	return nil
}

// order inserts a row and reads it back.
func order(ctx context.Context, verified *sql.DB, dialect schema.Dialect, out io.Writer) error {
	// For MySQL, NewDB asks for the version of the server. It only logs that it
	// failed: the first query returns the error.
	db := bun.NewDB(verified, dialect)
	name := dialect.Name()
	if _, err := db.NewCreateTable().Model((*ExampleOrder)(nil)).IfNotExists().Exec(ctx); err != nil {
		return fmt.Errorf("%s: create table: %w", name, err)
	}
	placed := &ExampleOrder{Item: "tea"}
	if _, err := db.NewInsert().Model(placed).Exec(ctx); err != nil {
		return fmt.Errorf("%s: insert: %w", name, err)
	}
	found := &ExampleOrder{ID: placed.ID}
	if err := db.NewSelect().Model(found).WherePK().Scan(ctx); err != nil {
		return fmt.Errorf("%s: read: %w", name, err)
	}
	_, err := fmt.Fprintf(out, "%s: order %d is for %s\n", name, found.ID, found.Item)
	return err
}
