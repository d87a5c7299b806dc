// Gorm uses RDS through GORM, over verified connections.
//
// Each of the variables that is set names one database, in which the table
// example_orders is created:
//
//	DATABASE_URL=postgres://… MYSQL_DSN=… go run ./gorm
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"gorm.io/driver/mysql"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"

	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

func main() {
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), os.Getenv("MYSQL_DSN"), nil, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "gorm:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// An ExampleOrder is a row of the table example_orders.
type ExampleOrder struct {
	ID   uint
	Item string `gorm:"size:100"`
}

// run uses each database whose connection string is not empty. With RDS, opts is
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
		// Conn takes the place of DSN: with a DSN, GORM would open an unverified
		// connection of its own.
		if err := order(ctx, postgres.New(postgres.Config{Conn: db}), out); err != nil {
			return err
		}
	}
	if mysqlDSN != "" {
		db, err := rdsmysql.OpenDB(mysqlDSN, opts)
		if err != nil {
			return err
		}
		defer db.Close()
		return order(ctx, mysql.New(mysql.Config{Conn: db}), out)
	}
	return nil
}

// order inserts a row and reads it back.
func order(ctx context.Context, dialector gorm.Dialector, out io.Writer) error {
	db, err := gorm.Open(dialector)
	if err != nil {
		return fmt.Errorf("%s: %w", dialector.Name(), err)
	}
	db = db.WithContext(ctx)
	if err := db.AutoMigrate(&ExampleOrder{}); err != nil {
		return fmt.Errorf("%s: migrate: %w", dialector.Name(), err)
	}
	placed := ExampleOrder{Item: "tea"}
	if err := db.Create(&placed).Error; err != nil {
		return fmt.Errorf("%s: insert: %w", dialector.Name(), err)
	}
	var found ExampleOrder
	if err := db.First(&found, placed.ID).Error; err != nil {
		return fmt.Errorf("%s: read: %w", dialector.Name(), err)
	}
	_, err = fmt.Fprintf(out, "%s: order %d is for %s\n", dialector.Name(), found.ID, found.Item)
	return err
}
