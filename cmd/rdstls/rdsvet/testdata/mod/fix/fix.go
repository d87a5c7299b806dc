package fix

import (
	"context"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

const url = "postgres://app@orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com/orders?sslmode=require"

func connect(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, url) // want `RT002`
}

func pool(ctx context.Context) error {
	_, err := pgxpool.New(ctx, url) // want `RT002`
	return err
}
