// Configtest builds the configuration of its database connections from settings,
// and has a unit test that keeps it honest: the test fails on the day when
// a change would let a connection go unverified. The test, in
// config_test.go, is the example; it needs no database.
//
//	go test ./examples/configtest
//
// The program connects with those settings:
//
//	DB_ENGINE=postgres DB_HOST=… DB_USER=… DB_PASSWORD=… DB_NAME=… go run ./examples/configtest
package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"

	"github.com/jackc/pgx/v5/stdlib"

	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

func main() {
	if err := run(context.Background(), os.Getenv, nil, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "configtest:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// run connects to the database of the settings. With RDS, opts is nil.
func run(ctx context.Context, get func(string) string, opts *rdstls.Options, out io.Writer) error {
	db, err := open(get, opts)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "connected and verified")
	return err
}

// open hands the configurations on as they are, never as a DSN.
func open(get func(string) string, opts *rdstls.Options) (*sql.DB, error) {
	switch engine := get("DB_ENGINE"); engine {
	case "postgres":
		cfg, err := postgresConfig(get, opts)
		if err != nil {
			return nil, err
		}
		return stdlib.OpenDB(*cfg), nil
	case "mysql":
		cfg, err := mysqlConfig(get, opts)
		if err != nil {
			return nil, err
		}
		connector, err := rdsmysql.NewConnector(cfg, opts)
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(connector), nil
	default:
		return nil, fmt.Errorf("DB_ENGINE is %q, want postgres or mysql", engine)
	}
}
