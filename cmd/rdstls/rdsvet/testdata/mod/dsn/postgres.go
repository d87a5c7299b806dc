package dsn

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"
	"gorm.io/driver/postgres"

	"github.com/rdstls/go/pgx"
)

const (
	rds    = "orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com"
	remote = "db.prod.net"
)

func modes(ctx context.Context) {
	_, _ = pgx.Connect(ctx, "postgres://app@"+rds+"/orders?sslmode=disable")     // want `RT001: sslmode=disable connects to any server, even without TLS; use rdspgx.Connect`
	_, _ = pgx.Connect(ctx, "postgres://app@"+rds+"/orders")                     // want `RT001: without sslmode the driver`
	_, _ = pgx.Connect(ctx, "postgres://app@"+rds+"/orders?sslmode=require")     // want `RT002`
	_, _ = pgx.Connect(ctx, "postgres://app@"+rds+"/orders?sslmode=verify-ca")   // want `RT003`
	_, _ = pgx.Connect(ctx, "postgres://app@"+rds+"/orders?sslmode=verify-full") // want `RT004`
	_, _ = pgx.Connect(ctx, "postgres://app@"+rds+"/orders?sslrootcert=system")  // want `RT004`
	_, _ = pgx.Connect(ctx, "postgres://app@"+rds+"/orders?sslmode=REQUIRE")     // want `RT011: sslmode is in upper case`
	_, _ = pgx.Connect(ctx, "host="+rds+" password= sslmode=verify-full")        // want `RT011: the value of password is empty`
	_, _ = pgx.Connect(ctx, "postgres://app@"+rds+"/orders?sslmode=verify-full&sslrootcert=/roots.pem")
	_, _ = pgx.Connect(ctx, "postgres://app@orders.proxy-c9akciq32xyz.eu-west-1.rds.amazonaws.com/orders?sslmode=verify-full")
}

func hosts(ctx context.Context, host, dsn string) {
	_, _ = pgxpool.New(ctx, "postgres://app@"+remote+"/orders?sslmode=require")        // want `RT002`
	_, _ = pgxpool.New(ctx, "postgres://app@"+host+"/orders?sslmode=require")          // want `RT002`
	_, _ = pgxpool.New(ctx, "postgres://app@"+remote+"/orders?sslmode=verify-ca")      // want note `RT003`
	_, _ = pgxpool.New(ctx, "postgres://app@"+remote+"/orders?sslmode=verify-full")    // another server may have a public certificate
	_, _ = pgxpool.New(ctx, "postgres://app@localhost,"+rds+"/orders?sslmode=disable") // want `RT001`
	_, _ = pgxpool.New(ctx, "postgres://app@localhost/orders?sslmode=disable")
	_, _ = pgxpool.New(ctx, "postgres://app@postgres:5432/orders?sslmode=disable")
	_, _ = pgxpool.New(ctx, "host=/var/run/postgresql dbname=orders")
	_, _ = pgxpool.New(ctx, dsn)
	_, _ = pgxpool.New(ctx, os.Getenv("DATABASE_URL"))
}

func values(ctx context.Context, user, password, query string) {
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		url = "postgres://app@" + rds + "/orders?sslmode=require"
	}
	_, _ = pgx.Connect(ctx, url)                                                            // want `RT002`
	_, _ = pgx.Connect(ctx, cmp.Or(os.Getenv("URL"), "postgres://"+rds+"/orders"))          // want `RT001`
	_, _ = pgx.Connect(ctx, fmt.Sprintf("postgres://%s:%s@%s/orders", user, password, rds)) // want `RT001`
	_, _ = pgx.Connect(ctx, fmt.Sprintf("postgres://%s:%s@%s/orders?%s", user, password, rds, query))
	_, _ = pgx.Connect(ctx, fmt.Sprintf("postgres://%s/orders?sslmode=require&%s", rds, query)) // want `RT002`
	_, _ = pgx.Connect(ctx, helper(user))                                                       // want `RT002`
	local := "postgres://app@localhost/orders"
	_, _ = pgx.Connect(ctx, local)
}

func helper(user string) string {
	return "postgres://" + user + "@" + rds + "/orders?sslmode=require"
}

func drivers(ctx context.Context) {
	_, _ = sql.Open("pgx", "postgres://"+rds+"/orders?sslmode=require")       // want `RT002: sslmode=require connects to any server with TLS; use rdspgx.OpenDB`
	_, _ = sql.Open("postgres", "postgres://"+rds+"/orders")                  // want `RT002: without sslmode the driver`
	_, _ = sql.Open("postgres", "postgres://"+rds+"/orders?sslmode=pqgo-rds") // a registered configuration
	_, _ = sql.Open("sqlite", "postgres://"+rds+"/orders?sslmode=disable")
	_, _ = pq.NewConnector("postgres://" + rds + "/orders?sslmode=disable")    // want `RT001`
	_, _ = sqlx.Connect("pgx", "postgres://"+rds+"/orders?sslmode=require")    // want `RT002`
	_, _ = pgconn.Connect(ctx, "postgres://"+rds+"/orders?sslmode=require")    // want `RT002`
	_ = postgres.Open("postgres://" + rds + "/orders?sslmode=require")         // want `RT002`
	_ = postgres.New(postgres.Config{DSN: "host=" + rds + " sslmode=disable"}) // want `RT001`
}

func configurations(ctx context.Context) {
	plain, _ := pgx.ParseConfig("postgres://" + rds + "/orders?sslmode=require") // want `RT002`
	_, _ = pgx.ConnectConfig(ctx, plain)

	db, _ := pgx.ParseConfig("postgres://" + rds + "/orders") // want `RT001`
	_ = stdlib.OpenDB(*db)

	pool, _ := pgxpool.ParseConfig("postgres://" + rds + "/orders?sslmode=require")
	_ = rdspgx.Configure(pool.ConnConfig, nil)
	_, _ = pgxpool.NewWithConfig(ctx, pool)

	read, _ := pgx.ParseConfig("postgres://" + rds + "/orders")
	fmt.Println(read.Host)

	passed, _ := pgxpool.ParseConfig("postgres://" + rds + "/orders") // want note `RT001`
	secure(passed)
	_, _ = pgxpool.NewWithConfig(ctx, passed)
}

func secure(*pgxpool.Config) {}
