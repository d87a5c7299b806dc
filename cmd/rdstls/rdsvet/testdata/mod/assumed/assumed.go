// Package assumed connects to hosts that are not known.
package assumed

import (
	"context"
	"os"

	"github.com/jackc/pgx/v5"
)

func use(ctx context.Context) {
	_, _ = pgx.Connect(ctx, "postgres://app@"+os.Getenv("DB_HOST")+"/orders?sslmode=require")
	_, _ = pgx.Connect(ctx, "postgres://app@db.prod.net/orders?sslmode=require")
	_, _ = pgx.Connect(ctx, "postgres://app@localhost/orders?sslmode=require")
}

type settings struct{ host string }

func load() settings { return settings{host: os.Getenv("DB_HOST")} }

func (s settings) open(ctx context.Context) {
	_, _ = pgx.Connect(ctx, "postgres://app@"+s.host+"/orders?sslmode=require")
}
