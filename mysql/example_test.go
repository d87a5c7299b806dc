package rdsmysql_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log"
	"os"

	"github.com/go-sql-driver/mysql"

	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

func ExampleOpenDB() {
	// Was: sql.Open("mysql", os.Getenv("MYSQL_DSN"))
	db, err := rdsmysql.OpenDB(os.Getenv("MYSQL_DSN"), nil)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
	if err := db.PingContext(context.Background()); err != nil {
		log.Fatal(err)
	}
}

func ExampleNewConnector() {
	cfg := mysql.NewConfig()
	cfg.Net = "tcp"
	cfg.Addr = "orders.c9akciq32rgc.eu-west-1.rds.amazonaws.com:3306"
	cfg.User = "app"
	cfg.Passwd = os.Getenv("MYSQL_PASSWORD")
	cfg.DBName = "orders"
	connector, err := rdsmysql.NewConnector(cfg, nil)
	if err != nil {
		log.Fatal(err)
	}
	db := sql.OpenDB(connector)
	defer db.Close()
}

func ExampleConfigure() {
	cfg, err := rdsmysql.ParseDSN("app@tcp(orders.c9akciq32rgc.eu-west-1.rds.amazonaws.com)/orders?tls=preferred")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("before:", rdsmysql.Check(cfg))
	if err := rdsmysql.Configure(cfg, nil); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("after:", rdsmysql.Check(cfg))
	fmt.Println("verifies:", cfg.TLS.ServerName)
	// Output:
	// before: rdstls: AllowFallbackToPlaintext: connection not encrypted as soon as a server, or an attacker in its place, says that it has no TLS
	// after: <nil>
	// verifies: orders.c9akciq32rgc.eu-west-1.rds.amazonaws.com
}

// Through a tunnel, the certificate names the endpoint, not localhost.
func ExampleConfigure_tunnel() {
	cfg, err := rdsmysql.ParseDSN("app@tcp(localhost:13306)/orders")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rdsmysql.Configure(cfg, nil))
	err = rdsmysql.Configure(cfg, &rdstls.Options{
		ServerName: "orders.c9akciq32rgc.eu-west-1.rds.amazonaws.com:3306",
	})
	fmt.Println(cfg.TLS.ServerName, err)
	// Output:
	// rdstls: host: "localhost": not an RDS endpoint; if it is an alias for one, set Options.ServerName
	// orders.c9akciq32rgc.eu-west-1.rds.amazonaws.com <nil>
}

func ExampleCheck() {
	cfg, err := rdsmysql.ParseDSN("app@tcp(orders.c9akciq32rgc.eu-west-1.rds.amazonaws.com)/orders?tls=skip-verify")
	if err != nil {
		fmt.Println(err)
		return
	}
	err = rdsmysql.Check(cfg)
	fmt.Println(err)
	fmt.Println(errors.Is(err, rdstls.ErrUnverified))
	// Output:
	// rdstls: TLS.InsecureSkipVerify: server not verified: it accepts any certificate
	// true
}

// A library that opens the database itself, and takes only a DSN.
func ExampleRegisterTLSConfig() {
	if err := rdsmysql.RegisterTLSConfig("rds", nil); err != nil {
		log.Fatal(err)
	}
	dsn := os.Getenv("MYSQL_DSN") + "?tls=rds"
	// A DSN can undo the TLS config key: check what the driver makes of it.
	cfg, err := rdsmysql.ParseDSN(dsn) // its error holds no password
	if err != nil {
		log.Fatal(err)
	}
	if err := rdsmysql.Check(cfg); err != nil {
		log.Fatal(err)
	}
	db, err := sql.Open("mysql", dsn)
	if err != nil {
		log.Fatal(err)
	}
	defer db.Close()
}
