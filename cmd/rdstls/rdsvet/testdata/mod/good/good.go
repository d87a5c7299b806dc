package good

import (
	"context"
	"crypto/tls"
	"database/sql"
	"net"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

const (
	postgresURL = "postgres://app@orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com/orders?sslmode=require"
	mysqlDSN    = "app@tcp(orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com)/orders?tls=skip-verify"
)

func library(ctx context.Context) {
	_, _ = rdspgx.Connect(ctx, postgresURL, nil)
	_, _ = rdspgx.NewPool(ctx, postgresURL, nil)
	_, _ = rdspgx.OpenDB(postgresURL, nil)
	_, _ = rdsmysql.OpenDB(mysqlDSN, nil)

	cfg, _ := rdspgx.ParseConfig(postgresURL, nil)
	_ = stdlib.OpenDB(*cfg)
	pool, _ := rdspgx.ParsePoolConfig(postgresURL, nil)
	_, _ = pgxpool.NewWithConfig(ctx, pool)

	dsn, _ := mysql.ParseDSN(mysqlDSN)
	_ = rdsmysql.Configure(dsn, nil)
	connector, _ := mysql.NewConnector(dsn)
	_ = sql.OpenDB(connector)

	hand, _ := pgx.ParseConfig(postgresURL)
	hand.TLSConfig, _ = rdstls.ClientConfig(hand.Host, nil)
	hand.Fallbacks = nil
	_, _ = pgx.ConnectConfig(ctx, hand)
}

func ownDialer(ctx context.Context, strict *tls.Config) {
	cfg, _ := pgx.ParseConfig("postgres://app@db.prod.net/orders?sslmode=disable")
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := net.Dial(network, addr)
		return tls.Client(conn, strict), err
	}
	_, _ = pgx.ConnectConfig(ctx, cfg)
}
