// Package idioms puts connection strings and configurations together in the ways
// that real code has.
package idioms

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"gorm.io/driver/postgres"
)

const host = "orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com"

type config struct {
	Host, User, Password, Name, SSLMode string
	Port                                int
}

func (c config) dsn() string {
	return fmt.Sprintf("host=%s port=%d user=%s password=%s dbname=%s sslmode=disable", c.Host, c.Port, c.User, c.Password, c.Name)
}

func (c config) url() string {
	return fmt.Sprintf("postgres://%s:%s@%s:%d/%s?sslmode=%s", c.User, c.Password, c.Host, c.Port, c.Name, c.SSLMode)
}

func methods(c config) {
	_, _ = sql.Open("postgres", c.dsn())            // want `RT001`
	_ = postgres.New(postgres.Config{DSN: c.dsn()}) // want `RT001`
	_, _ = sql.Open("postgres", c.url())
}

func urls(ctx context.Context, query url.Values) {
	u := url.URL{Scheme: "postgres", User: url.UserPassword("app", os.Getenv("PASSWORD")), Host: host + ":5432", Path: "/orders", RawQuery: "sslmode=require"}
	_, _ = pgx.Connect(ctx, u.String()) // want `RT002`
	later := &url.URL{Scheme: "postgres", Host: host, Path: "orders"}
	later.RawQuery = query.Encode()
	_, _ = pgx.Connect(ctx, later.String())
}

func assembled(ctx context.Context) {
	dsn := "postgres://app@" + host + "/orders"
	dsn += "?sslmode=verify-full"
	dsn += "&sslrootcert=" + os.Getenv("ROOTS")
	_, _ = pgx.Connect(ctx, dsn)
	parts := []string{"host=" + host, "user=app", "sslmode=disable"}
	_, _ = pgx.Connect(ctx, strings.Join(parts, " "))                                                   // want `RT001`
	_, _ = pgx.Connect(ctx, os.ExpandEnv("postgres://app:${PASSWORD}@"+host+"/orders?sslmode=require")) // want `RT002`
	mode := "require"
	if os.Getenv("LOCAL") != "" {
		mode = "disable"
	}
	_, _ = pgx.Connect(ctx, fmt.Sprintf("postgres://app@%s/orders?sslmode=%s", host, mode)) // want `RT002`
}

func open(dsn string) (*sql.DB, error) { return sql.Open("pgx", dsn) } // want `RT002`

func connect(ctx context.Context, host, mode string) {
	_, _ = pgx.Connect(ctx, "postgres://app@"+host+"/orders?sslmode="+mode) // want `RT001`
}

func local(dsn string) (*sql.DB, error) { return sql.Open("pgx", dsn) }

// Exported functions get arguments from other packages too.
func Exported(dsn string) (*sql.DB, error) { return sql.Open("pgx", dsn) } // want `RT002`

func callers(ctx context.Context) {
	_, _ = open("postgres://app@" + host + "/orders?sslmode=require")
	_, _ = open(os.Getenv("DATABASE_URL"))
	connect(ctx, host, "disable")
	_, _ = local("postgres://app@localhost/orders?sslmode=disable")
	_, _ = Exported("postgres://app@" + host + "/orders?sslmode=require")
}

func recursive(dsn string) (*sql.DB, error) {
	if dsn == "" {
		return recursive(dsn + dsn)
	}
	return sql.Open("pgx", dsn)
}
