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
	"fmt"
	"log"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/internal/performance/query"
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
	if err := query.Once(cfg, os.Args[3]); err != nil {
		log.Fatal(err)
	}
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
