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
	"fmt"
	"log"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/internal/performance/query"
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
	if err := query.Once(cfg, os.Args[3]); err != nil {
		log.Fatal(err)
	}
}
