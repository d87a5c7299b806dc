// Package query is what the programs of the benchmarks have in common.
package query

import (
	"context"
	"errors"
	"net"

	"github.com/jackc/pgx/v5"
)

// Once connects to addr, whatever the configuration's host, asks, and closes.
func Once(cfg *pgx.ConnConfig, addr string) error {
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	cfg.DialFunc = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	ctx := context.Background()
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return err
	}
	var one int
	err = conn.QueryRow(ctx, "select 1").Scan(&one)
	return errors.Join(err, conn.Close(ctx))
}
