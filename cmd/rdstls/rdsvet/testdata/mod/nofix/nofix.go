package nofix

import (
	"context"

	"github.com/jackc/pgx/v5"
)

const host = "orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com"

func plaintext(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, "postgres://"+host+"/orders?sslmode=disable") // want `RT001`
}

func remote(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, "postgres://db.prod.net/orders?sslmode=require") // want `RT002`
}

func documentation(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, "postgres://mydb.rds.amazonaws.com/orders?sslmode=require") // want `RT002`
}

func further(ctx context.Context, parameters string) (*pgx.Conn, error) {
	return pgx.Connect(ctx, "postgres://"+host+"/orders?sslmode=require&"+parameters) // want `RT002`
}

func ignored(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, "postgres://"+host+"/orders?sslmode=REQUIRE") // want `RT011`
}

func taken(rdspgx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(rdspgx, "postgres://"+host+"/orders?sslmode=require") // want `RT002`
}

type settings struct{ dsn string }

var defaults = settings{dsn: "postgres://" + host + "/orders?sslmode=require"}

func (s settings) open(ctx context.Context) (*pgx.Conn, error) {
	return pgx.Connect(ctx, s.dsn) // want `RT002`
}
