package rdspgx_test

import (
	"context"
	"log"
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	rdspgx "github.com/rdstls/go/pgx"
)

// A hook that chooses the host calls Configure for each connection.
func ExampleConfigure_hostChosenAtRunTime() {
	cfg, err := rdspgx.ParsePoolConfig(os.Getenv("DATABASE_URL"), nil)
	if err != nil {
		log.Fatal(err)
	}
	cfg.BeforeConnect = func(ctx context.Context, conn *pgx.ConnConfig) error {
		conn.Host, conn.Port, conn.Fallbacks = discover(ctx), 5432, nil
		return rdspgx.Configure(conn, nil)
	}
	pool, err := pgxpool.NewWithConfig(context.Background(), cfg)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
}

// discover stands for service discovery.
func discover(context.Context) string { return orders }
