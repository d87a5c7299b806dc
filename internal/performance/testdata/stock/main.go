// Stock is a program that connects with pgx alone, with sslmode=verify-full and
// the file of all roots: the counterpart of the program verified.
//
//	stock config URL
//	stock query  URL server-address
//
// The first makes a configuration and prints how many nanoseconds that took. The
// second makes one, connects and asks.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
)

func main() {
	begin := time.Now()
	cfg, err := pgx.ParseConfig(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	took := time.Since(begin)
	if os.Args[1] == "config" {
		fmt.Println(took.Nanoseconds())
		return
	}
	query(cfg, os.Args[3])
}

// query connects to addr, whatever the configuration's host, and asks.
func query(cfg *pgx.ConnConfig, addr string) {
	cfg.LookupFunc = func(_ context.Context, host string) ([]string, error) { return []string{host}, nil }
	cfg.DialFunc = func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, addr)
	}
	ctx := context.Background()
	conn, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		log.Fatal(err)
	}
	var one int
	if err := conn.QueryRow(ctx, "select 1").Scan(&one); err != nil {
		log.Fatal(err)
	}
	if err := conn.Close(ctx); err != nil {
		log.Fatal(err)
	}
}
