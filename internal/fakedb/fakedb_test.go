package fakedb_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"net"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
)

const (
	host     = "db.c9akciq32rgc.us-east-1.rds.amazonaws.com"
	user     = "user-Kd83nP"
	database = "orders"
	password = "canary-7Qx9"

	// bound ends what should have ended long before.
	bound = 30 * time.Second
)

func authority() *testcerts.Authority { return testcerts.New("us-east-1", testcerts.ECC384) }

func serverTLS() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{authority().Instance(host)}}
}

func clientTLS() *tls.Config {
	return &tls.Config{RootCAs: authority().Pool(), ServerName: host}
}

func listenPostgres(t *testing.T, opts fakedb.PostgresOptions) *fakedb.Server {
	t.Helper()
	return fakedb.Started(t)(fakedb.ListenPostgres(opts))
}

func listenMySQL(t *testing.T, opts fakedb.MySQLOptions) *fakedb.Server {
	t.Helper()
	return fakedb.Started(t)(fakedb.ListenMySQL(opts))
}

// pgConfig is a stock pgx configuration, redirected to a server without DNS.
func pgConfig(t *testing.T, s *fakedb.Server, params string) *pgx.ConnConfig {
	t.Helper()
	cfg, err := pgx.ParseConfig("host=" + host + " user=" + user + " password=" + password + " dbname=" + database + " " + params)
	if err != nil {
		t.Fatal(err)
	}
	cfg.LookupFunc = func(context.Context, string) ([]string, error) { return []string{"127.0.0.1"}, nil }
	cfg.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", s.Addr())
	}
	return cfg
}

// pgUse connects and closes, and returns the error of the connection.
func pgUse(ctx context.Context, cfg *pgx.ConnConfig) error {
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

// mysqlConfig is a stock go-sql-driver configuration.
func mysqlConfig(t *testing.T, s *fakedb.Server, params string) *mysql.Config {
	t.Helper()
	cfg, err := mysql.ParseDSN(user + ":" + password + "@tcp(" + s.Addr() + ")/" + database + "?" + params)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Logger = &mysql.NopLogger{}
	return cfg
}

// mysqlUse connects, pings and closes, and returns the error of the ping.
func mysqlUse(ctx context.Context, t *testing.T, cfg *mysql.Config) error {
	t.Helper()
	db := openMySQL(t, cfg)
	defer db.Close()
	return db.PingContext(ctx)
}

func openMySQL(t *testing.T, cfg *mysql.Config) *sql.DB {
	t.Helper()
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sql.OpenDB(connector)
}
