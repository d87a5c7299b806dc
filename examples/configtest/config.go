package main

import (
	"cmp"
	"fmt"
	"net"
	"net/url"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// postgresConfig builds the configuration for PostgreSQL. The function get returns
// a setting by its name, as os.Getenv does.
func postgresConfig(get func(string) string, opts *rdstls.Options) (*pgx.ConnConfig, error) {
	address := url.URL{
		Scheme: "postgres",
		User:   url.User(get("DB_USER")),
		Host:   net.JoinHostPort(get("DB_HOST"), cmp.Or(get("DB_PORT"), "5432")),
		Path:   "/" + get("DB_NAME"),
	}
	cfg, err := rdspgx.ParseConfig(address.String(), opts)
	if err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	cfg.Password = get("DB_PASSWORD") // not in the address, where it would have to be escaped
	cfg.ConnectTimeout = 10 * time.Second
	cfg.RuntimeParams["application_name"] = "configtest"

	// As the last step: nothing may change TLSConfig, Fallbacks or AfterNetConnect later.
	if err := rdspgx.Configure(cfg, opts); err != nil {
		return nil, fmt.Errorf("postgres: %w", err)
	}
	return cfg, nil
}

// mysqlConfig builds the configuration for MySQL or MariaDB.
func mysqlConfig(get func(string) string, opts *rdstls.Options) (*mysql.Config, error) {
	cfg := mysql.NewConfig()
	cfg.Net = "tcp"
	cfg.Addr = net.JoinHostPort(get("DB_HOST"), cmp.Or(get("DB_PORT"), "3306"))
	cfg.User = get("DB_USER")
	cfg.Passwd = get("DB_PASSWORD")
	cfg.DBName = get("DB_NAME")
	cfg.ParseTime = true

	// As the last step.
	if err := rdsmysql.Configure(cfg, opts); err != nil {
		return nil, fmt.Errorf("mysql: %w", err)
	}
	return cfg, nil
}
