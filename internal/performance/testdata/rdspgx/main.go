// Rdspgx is the program pgx with its one line changed.
package main

import (
	"context"
	"log"
	"os"

	rdspgx "github.com/rdstls/go/pgx"
)

func main() {
	conn, err := rdspgx.Connect(context.Background(), os.Getenv("DATABASE_URL"), nil)
	if err != nil {
		log.Fatal(err)
	}
	if err := conn.Close(context.Background()); err != nil {
		log.Fatal(err)
	}
}
