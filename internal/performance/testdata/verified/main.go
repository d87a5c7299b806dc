// Verified is a program that connects with package rdspgx: the counterpart of
// the program stock.
//
//	verified config
//	verified query URL server-address root.crt
//
// The first makes a tls.Config and prints how many nanoseconds that took. The
// second makes a configuration for the URL, connects and asks. Its server has no certificate of AWS's, so
// it makes a second configuration, with the roots of the file: its figure is a
// little too high.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/bundle"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func main() {
	if os.Args[1] == "config" {
		begin := time.Now()
		if _, err := rdstls.ClientConfig("orders.c9akciq32.eu-west-1.rds.amazonaws.com", nil); err != nil {
			log.Fatal(err)
		}
		fmt.Println(time.Since(begin).Nanoseconds())
		return
	}
	configure(os.Args[2], nil)
	text, err := os.ReadFile(os.Args[4])
	if err != nil {
		log.Fatal(err)
	}
	roots, err := bundle.ParsePool(text)
	if err != nil {
		log.Fatal(err)
	}
	cfg := configure(os.Args[2], &rdstls.Options{Roots: roots})
	query(cfg, os.Args[3])
}

func configure(url string, opts *rdstls.Options) *pgx.ConnConfig {
	cfg, err := pgx.ParseConfig(url)
	if err != nil {
		log.Fatal(err)
	}
	if err := rdspgx.Configure(cfg, opts); err != nil {
		log.Fatal(err)
	}
	return cfg
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
