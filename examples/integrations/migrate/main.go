// Migrate migrates databases on RDS with golang-migrate, over verified
// connections.
//
// Each of the variables that is set names one database, in which the tables
// example_orders and schema_migrations are created:
//
//	DATABASE_URL=postgres://… MYSQL_DSN=… go run ./migrate
//
// What matters is WithInstance, which takes the *sql.DB. migrate.New takes a
// string, and opens an unverified connection of its own (see ../goose). A DSN
// differs from its mysql:// URLs: it has no scheme and no percent-encoding, x-…
// parameters go into the Config below, and multiStatements is not set by itself.
package main

import (
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/golang-migrate/migrate/v4"
	"github.com/golang-migrate/migrate/v4/database"
	"github.com/golang-migrate/migrate/v4/database/mysql"
	pgxmigrate "github.com/golang-migrate/migrate/v4/database/pgx/v5"
	"github.com/golang-migrate/migrate/v4/source/iofs"

	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

//go:embed migrations/*.sql
var migrations embed.FS

func main() {
	if err := run(os.Getenv("DATABASE_URL"), os.Getenv("MYSQL_DSN"), nil, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "migrate:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// run migrates each database whose connection string is not empty. With RDS, opts
// is nil. It takes no context, because golang-migrate does not.
func run(postgresURL, mysqlDSN string, opts *rdstls.Options, out io.Writer) error {
	if postgresURL == "" && mysqlDSN == "" {
		return errors.New("set DATABASE_URL or MYSQL_DSN")
	}
	if postgresURL != "" {
		db, err := rdspgx.OpenDB(postgresURL, opts)
		if err != nil {
			return err
		}
		if err := migratePostgres(db, out); err != nil {
			return fmt.Errorf("postgres: %w", err)
		}
	}
	if mysqlDSN != "" {
		// A file with several statements needs multiStatements=true in the DSN, which
		// migrate.New set by itself.
		db, err := rdsmysql.OpenDB(mysqlDSN, opts)
		if err != nil {
			return err
		}
		if err := migrateMySQL(db, out); err != nil {
			return fmt.Errorf("mysql: %w", err)
		}
	}
	return nil
}

func migratePostgres(db *sql.DB, out io.Writer) error {
	instance, err := pgxmigrate.WithInstance(db, &pgxmigrate.Config{})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	return up("postgres", instance, out)
}

func migrateMySQL(db *sql.DB, out io.Writer) error {
	instance, err := mysql.WithInstance(db, &mysql.Config{})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	return up("mysql", instance, out)
}

// up brings the database to the latest version, and closes instance and with it
// the *sql.DB.
func up(name string, instance database.Driver, out io.Writer) (err error) {
	files, err := iofs.New(migrations, "migrations")
	if err != nil {
		return errors.Join(err, instance.Close())
	}
	m, err := migrate.NewWithInstance("embedded", files, name, instance)
	if err != nil {
		return errors.Join(err, files.Close(), instance.Close())
	}
	defer func() {
		sourceErr, databaseErr := m.Close()
		err = errors.Join(err, sourceErr, databaseErr)
	}()
	if err := m.Up(); err != nil && !errors.Is(err, migrate.ErrNoChange) {
		return err
	}
	version, _, err := m.Version()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "%s: now at version %d\n", name, version)
	return err
}
