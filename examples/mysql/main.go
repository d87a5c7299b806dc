// Mysql connects to RDS for MySQL or MariaDB with go-sql-driver/mysql: by a DSN,
// or by a configuration that the program builds.
//
//	MYSQL_DSN='user:password@tcp(host:3306)/database' go run ./examples/mysql
//	MYSQL_ADDR=host:3306 MYSQL_USER=… MYSQL_PASSWORD=… MYSQL_DATABASE=… go run ./examples/mysql
package main

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/go-sql-driver/mysql"

	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

func main() {
	var err error
	ctx := context.Background()
	if dsn := os.Getenv("MYSQL_DSN"); dsn != "" {
		err = runDSN(ctx, dsn, nil, os.Stdout)
	} else {
		err = runConfig(ctx, newConfig(os.Getenv), nil, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mysql:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// runDSN is for programs that have a DSN. With RDS, opts is nil.
func runDSN(ctx context.Context, dsn string, opts *rdstls.Options, out io.Writer) error {
	db, err := rdsmysql.OpenDB(dsn, opts) // was: sql.Open("mysql", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	setLimits(db)
	return ask(ctx, db, out)
}

// runConfig is for programs that build a configuration. It has to stay one:
// a DSN, such as cfg.FormatDSN makes, has no place for the verification.
func runConfig(ctx context.Context, cfg *mysql.Config, opts *rdstls.Options, out io.Writer) error {
	connector, err := rdsmysql.NewConnector(cfg, opts) // was: mysql.NewConnector(cfg)
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close()
	setLimits(db)
	if err := ask(ctx, db, out); err != nil {
		return err
	}
	var now time.Time // instead of text, thanks to ParseTime
	if err := db.QueryRowContext(ctx, "select utc_timestamp()").Scan(&now); err != nil {
		return fmt.Errorf("ask for the time: %w", err)
	}
	_, err = fmt.Fprintln(out, "the server's clock says", now.Format(time.RFC3339))
	return err
}

// newConfig returns the configuration in the variables that getenv knows, with
// what would be parameters of a DSN. It says nothing about TLS: NewConnector does.
func newConfig(getenv func(string) string) *mysql.Config {
	cfg := mysql.NewConfig()
	cfg.Net, cfg.Addr = "tcp", getenv("MYSQL_ADDR")
	cfg.User, cfg.Passwd = getenv("MYSQL_USER"), getenv("MYSQL_PASSWORD")
	cfg.DBName = getenv("MYSQL_DATABASE")
	cfg.ParseTime = true
	cfg.Timeout = 10 * time.Second
	return cfg
}

func setLimits(db *sql.DB) {
	db.SetMaxOpenConns(10)
	db.SetMaxIdleConns(10)                 // 2 by default
	db.SetConnMaxLifetime(3 * time.Minute) // below what servers and balancers allow
}

func ask(ctx context.Context, db *sql.DB, out io.Writer) error {
	var version string
	if err := db.QueryRowContext(ctx, "select version()").Scan(&version); err != nil {
		return fmt.Errorf("ask for the version: %w", err)
	}
	_, err := fmt.Fprintln(out, "verified, and logged in to version", version)
	return err
}
