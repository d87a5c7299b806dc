// Sshtunnel connects to RDS through a bastion host, with the SSH client of
// golang.org/x/crypto instead of a forwarded port. Nothing listens on this machine.
//
//	BASTION=bastion.example.com:22 BASTION_USER=ec2-user BASTION_KEY=$HOME/.ssh/id_ed25519 \
//	BASTION_KNOWN_HOSTS=$HOME/.ssh/known_hosts DATABASE_URL=postgres://… MYSQL_DSN=… go run ./sshtunnel
//
// Each of DATABASE_URL and MYSQL_DSN that is set names one database, by its RDS
// endpoint. The bastion resolves that name, so Options.ServerName is not needed, and
// the certificate is verified from this program to the database: the bastion cannot
// read along. The key must have no passphrase; ssh/agent of x/crypto serves others.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"

	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func main() {
	if err := start(context.Background()); err != nil {
		fmt.Fprintln(os.Stderr, "sshtunnel:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

func start(ctx context.Context) error {
	b, err := newBastion(os.Getenv("BASTION"), os.Getenv("BASTION_USER"), os.Getenv("BASTION_KEY"), os.Getenv("BASTION_KNOWN_HOSTS"))
	if err != nil {
		return err
	}
	defer b.Close()
	return run(ctx, b, os.Getenv("DATABASE_URL"), os.Getenv("MYSQL_DSN"), nil, os.Stdout)
}

// run asks each database whose string is not empty for its version. With RDS, opts is
// nil.
func run(ctx context.Context, b *bastion, postgresURL, mysqlDSN string, opts *rdstls.Options, out io.Writer) error {
	if postgresURL == "" && mysqlDSN == "" {
		return errors.New("set DATABASE_URL or MYSQL_DSN")
	}
	var version string
	if postgresURL != "" {
		pool, err := newPool(ctx, b, postgresURL, opts)
		if err != nil {
			return err
		}
		defer pool.Close()
		if err := pool.QueryRow(ctx, "select current_setting('server_version')").Scan(&version); err != nil {
			return fmt.Errorf("ask for the version: %w", err)
		}
		fmt.Fprintln(out, "verified PostgreSQL", version)
	}
	if mysqlDSN != "" {
		db, err := openMySQL(b, mysqlDSN, opts)
		if err != nil {
			return err
		}
		defer db.Close()
		if err := db.QueryRowContext(ctx, "select version()").Scan(&version); err != nil {
			return fmt.Errorf("ask for the version: %w", err)
		}
		fmt.Fprintln(out, "verified MySQL", version)
	}
	return nil
}

// newPool opens a pool with connections through b. LookupFunc returns the name as it
// is, because the bastion resolves it. Configure bounds both functions, so it comes
// last.
func newPool(ctx context.Context, b *bastion, url string, opts *rdstls.Options) (*pgxpool.Pool, error) {
	cfg, err := rdspgx.ParsePoolConfig(url, opts)
	if err != nil {
		return nil, err
	}
	cfg.ConnConfig.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	cfg.ConnConfig.DialFunc = b.DialContext
	if err := rdspgx.Configure(cfg.ConnConfig, opts); err != nil {
		return nil, err
	}
	return pgxpool.NewWithConfig(ctx, cfg)
}

// openMySQL opens a database with connections through b.
func openMySQL(b *bastion, dsn string, opts *rdstls.Options) (*sql.DB, error) {
	cfg, err := rdsmysql.ParseDSN(dsn)
	if err != nil {
		return nil, err
	}
	cfg.DialFunc = b.DialContext
	connector, err := rdsmysql.NewConnector(cfg, opts)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}
