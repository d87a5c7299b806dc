// Pgx is a small program that connects with pgx.
package main

import (
	"context"
	"log"
	"os"

	"github.com/jackc/pgx/v5"
)

func main() {
	conn, err := pgx.Connect(context.Background(), os.Getenv("DATABASE_URL"))
	if err != nil {
		log.Fatal(err)
	}
	if err := conn.Close(context.Background()); err != nil {
		log.Fatal(err)
	}
}
