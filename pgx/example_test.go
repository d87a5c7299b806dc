package rdspgx_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func Example() {
	ctx := context.Background()
	pool, err := rdspgx.NewPool(ctx, os.Getenv("DATABASE_URL"), nil)
	if errors.Is(err, rdstls.ErrNotEndpoint) {
		// Not on RDS: a database on localhost, for development.
		pool, err = pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
	}
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
		log.Fatal("whoever answers is not an RDS server of this Region: ", err)
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

// With pgxpool, Configure takes the ConnConfig of its configuration.
func ExampleConfigure() {
	cfg, err := pgxpool.ParseConfig("postgres://app@orders.c9akciq32.eu-west-1.rds.amazonaws.com/orders?sslmode=require")
	if err != nil {
		log.Fatal("the connection string is malformed") // the error can quote a password
	}
	cfg.MaxConns = 20
	if err := rdspgx.Configure(cfg.ConnConfig, nil); err != nil {
		log.Fatal(err)
	}
	fmt.Println("verifies", cfg.ConnConfig.TLSConfig.ServerName)
	fmt.Println("further attempts:", len(cfg.ConnConfig.Fallbacks))
	// Output:
	// verifies orders.c9akciq32.eu-west-1.rds.amazonaws.com
	// further attempts: 0
}

func ExampleConfigure_refused() {
	for _, connString := range []string{
		"postgres://app@orders.c9akciq32.eu-west-1.rds.amazonaws.com/orders?sslmode=disable",
		"postgres://app@localhost/orders",
	} {
		cfg, err := pgx.ParseConfig(connString)
		if err != nil {
			log.Fatal(err)
		}
		err = rdspgx.Configure(cfg, nil)
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
	// rdstls: Fallbacks[0].TLSConfig: connection would not be encrypted: it is nil
	// <nil>
}
