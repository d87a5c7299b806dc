package exampledb

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Route leads the hosts of cfg to the addresses of servers, as DNS would. Call it
// before rdspgx.Configure.
func Route(cfg *pgx.ConnConfig, addrs map[string]string) {
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) {
		addr, ok := addrs[host]
		if !ok {
			return nil, fmt.Errorf("exampledb: no route to %q", host)
		}
		return []string{addr}, nil
	}
}
