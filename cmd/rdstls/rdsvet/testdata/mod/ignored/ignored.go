package ignored

import (
	"context"

	"github.com/jackc/pgx/v5"
)

const url = "postgres://app@orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com/orders?sslmode=require"

func connect(ctx context.Context) {
	//rdstls:ignore RT002 the quickstart shows what goes wrong
	_, _ = pgx.Connect(ctx, url)
	_, _ = pgx.Connect(ctx, url) //rdstls:ignore RT002,RT001 the same
	_, _ = pgx.Connect(ctx, url) //rdstls:ignore RT002
	//rdstls:ignore RT003 nothing of the kind is here
}
