package idioms

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	rdspgx "github.com/rdstls/go/pgx"
)

const verified = " sslmode=verify-full sslrootcert=/rds.pem"

func branches(ctx context.Context, plain bool) {
	dsn := "host=" + host
	if plain {
		dsn += " sslmode=disable"
	} else {
		dsn += verified
	}
	_, _ = pgx.Connect(ctx, dsn) // want `RT001: sslmode=disable`

	good := "host=" + host
	if user := os.Getenv("DB_USER"); user != "" {
		good += " user=" + user
	}
	if plain {
		good += verified
	} else {
		good += " sslmode=verify-full sslrootcert=/other.pem"
	}
	_, _ = pgx.Connect(ctx, good)

	var b strings.Builder
	b.WriteString("host=" + host)
	if plain {
		b.WriteString(" sslmode=require")
	} else {
		b.WriteString(verified)
	}
	_, _ = pgx.Connect(ctx, b.String()) // want `RT002`
}

func values(ctx context.Context, plain bool) {
	query := url.Values{"application_name": {"orders"}}
	query.Set("sslmode", "require") // want `RT010`
	u := url.URL{Scheme: "postgres", Host: host, Path: "orders", RawQuery: query.Encode()}
	_, _ = pgx.Connect(ctx, u.String()) // want `RT002`

	good := url.Values{}
	good.Set("sslmode", "verify-full")
	good.Set("sslrootcert", "/rds.pem")
	_, _ = pgx.Connect(ctx, "postgres://app@"+host+"/orders?"+good.Encode())

	changed := url.Values{"sslmode": {"disable"}}
	change(changed)
	_, _ = pgx.Connect(ctx, "postgres://app@"+host+"/orders?"+changed.Encode())
	_, _ = pgx.Connect(ctx, fmt.Sprint("postgres://app@", host, "/orders?sslmode=require")) // want `RT002`
}

func change(query url.Values) { query.Set("sslmode", "verify-full") }

// must has the configuration for a moment, and knows none of its fields.
func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func passedOn(ctx context.Context) {
	cfg := must(pgxpool.ParseConfig("postgres://" + host + "/orders?sslmode=require")) // want `RT002`
	_, _ = pgxpool.NewWithConfig(ctx, cfg)

	good := must(pgxpool.ParseConfig("postgres://" + host + "/orders?sslmode=require"))
	_ = rdspgx.Configure(good.ConnConfig, nil)
	_, _ = pgxpool.NewWithConfig(ctx, good)
}

func returnedConfig() (*pgxpool.Config, error) {
	return pgxpool.ParseConfig("postgres://" + host + "/orders?sslmode=require")
}

func returnedVariable() (*pgxpool.Config, error) {
	cfg, err := pgxpool.ParseConfig("postgres://" + host + "/orders?sslmode=require")
	if err != nil {
		return nil, err
	}
	return cfg, nil
}

func weakConfig() (*pgxpool.Config, error) {
	return pgxpool.ParseConfig("postgres://" + host + "/orders?sslmode=require") // want `RT002`
}

func returnedTo(ctx context.Context) {
	cfg, _ := returnedConfig()
	_ = rdspgx.Configure(cfg.ConnConfig, nil)
	_, _ = pgxpool.NewWithConfig(ctx, cfg)
	other, _ := returnedVariable()
	makeSafe(other)
	_, _ = pgxpool.NewWithConfig(ctx, other)
	weak, _ := weakConfig()
	_, _ = pgxpool.NewWithConfig(ctx, weak)
}

func makeSafe(cfg *pgxpool.Config) { _ = rdspgx.Configure(cfg.ConnConfig, nil) }
