package rdspgx_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"net"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func Example() {
	ctx := context.Background()
	pool, err := rdspgx.NewPool(ctx, os.Getenv("DATABASE_URL"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
}

func ExampleConnect() {
	ctx := context.Background()
	conn, err := rdspgx.Connect(ctx, "postgres://app@orders.c9akciq32.eu-west-1.rds.amazonaws.com/orders", nil)
	var unknown x509.UnknownAuthorityError
	switch {
	case errors.As(err, &unknown):
		log.Fatal("the server has no certificate of this Region's RDS CA: ", err)
	case err != nil:
		log.Fatal(err)
	}
	defer conn.Close(ctx)
	var now string
	if err := conn.QueryRow(ctx, "select now()::text").Scan(&now); err != nil {
		log.Fatal(err)
	}
	fmt.Println(now)
}

// A port forward is an alias: ServerName says which endpoint is behind it.
func ExampleNewPool_tunnel() {
	ctx := context.Background()
	pool, err := rdspgx.NewPool(ctx, "postgres://app@localhost:15432/orders", &rdstls.Options{
		ServerName: "orders.c9akciq32.eu-west-1.rds.amazonaws.com:5432",
	})
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	if err := pool.Ping(ctx); err != nil {
		log.Fatal(err)
	}
}

func ExampleOpenDB() {
	db, err := rdspgx.OpenDB("postgres://app@orders.c9akciq32.eu-west-1.rds.amazonaws.com/orders", nil)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	if err := db.Ping(); err != nil {
		log.Fatal(err)
	}
}

// A program that adjusts the configuration logs the error of a malformed string
// as it is: the error holds no password.
func ExampleParseConfig() {
	_, err := rdspgx.ParseConfig("postgres://app:secret%@orders.c9akciq32.eu-west-1.rds.amazonaws.com/orders", nil)
	fmt.Println(strings.Contains(err.Error(), "secret"))

	cfg, err := rdspgx.ParseConfig("postgres://app@orders.c9akciq32.eu-west-1.rds.amazonaws.com/orders", nil)
	if err != nil {
		log.Fatal(err)
	}
	cfg.DefaultQueryExecMode = pgx.QueryExecModeExec
	fmt.Println(cfg.TLSConfig.ServerName)
	// Output:
	// false
	// orders.c9akciq32.eu-west-1.rds.amazonaws.com
}

func ExampleParsePoolConfig() {
	ctx := context.Background()
	cfg, err := rdspgx.ParsePoolConfig("postgres://app@orders.c9akciq32.eu-west-1.rds.amazonaws.com/orders?sslmode=require", nil)
	if err != nil {
		log.Fatal(err)
	}
	cfg.MaxConns = 20
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	fmt.Println("verifies", cfg.ConnConfig.TLSConfig.ServerName)
	fmt.Println("further attempts:", len(cfg.ConnConfig.Fallbacks))
	// Output:
	// verifies orders.c9akciq32.eu-west-1.rds.amazonaws.com
	// further attempts: 0
}

// A hook replaces the guard, so the program calls Configure after it has set one.
func ExampleConfigure() {
	cfg, err := rdspgx.ParseConfig("postgres://app@orders.c9akciq32.eu-west-1.rds.amazonaws.com/orders", nil)
	if err != nil {
		log.Fatal(err)
	}
	cfg.AfterNetConnect = func(_ context.Context, _ *pgconn.Config, conn net.Conn) (net.Conn, error) {
		log.Print("connected to ", conn.RemoteAddr())
		return conn, nil
	}
	if err := rdspgx.Configure(cfg, nil); err != nil {
		log.Fatal(err)
	}
	fmt.Println("verifies", cfg.TLSConfig.ServerName)
	// Output: verifies orders.c9akciq32.eu-west-1.rds.amazonaws.com
}

func ExampleParseConfig_refused() {
	for _, connString := range []string{
		"postgres://app@orders.c9akciq32.eu-west-1.rds.amazonaws.com/orders?sslmode=disable",
		"postgres://app@localhost/orders",
	} {
		_, err := rdspgx.ParseConfig(connString, nil)
		var refused *rdstls.ConfigError
		if errors.As(err, &refused) {
			fmt.Println(refused.Setting, errors.Is(err, rdstls.ErrPlaintext), errors.Is(err, rdstls.ErrNotEndpoint))
		}
	}
	// Output:
	// sslmode true false
	// host false true
}

// A test of a program's configuration. What sslmode=prefer allows, a TLSConfig
// does not tell: it is in the Fallbacks.
func ExampleCheck() {
	cfg, err := pgx.ParseConfig("host=orders.c9akciq32.eu-west-1.rds.amazonaws.com sslmode=prefer")
	if err != nil {
		log.Fatal(err)
	}
	if cfg.TLSConfig, err = rdstls.ClientConfig(cfg.Host, nil); err != nil {
		log.Fatal(err)
	}
	fmt.Println(rdspgx.Check(cfg))
	if err := rdspgx.Configure(cfg, nil); err != nil {
		log.Fatal(err)
	}
	fmt.Println(rdspgx.Check(cfg))
	// Output:
	// rdstls: Fallbacks[0].TLSConfig: connection not encrypted: it is nil
	// <nil>
}
