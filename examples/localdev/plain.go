package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5/pgxpool"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// open leaves a connection string that leads to no RDS endpoint to pgx alone.
//
// It cannot leave an endpoint unverified whose shape this version of rdstls knows. ErrNotEndpoint is about the string,
// as pgx reads it together with the environment, before anything is connected: it
// means that not one host is an RDS endpoint. With one that is, among others, or
// with sslmode=disable, there is another error or none. NewPool is the function to
// ask, because it does not connect: an error of a connection has no say here.
//
// What nobody can see is that another name was meant for RDS: a CNAME record, a
// tunnel, an IP address, a misspelled endpoint. That is why plain is asked for, in
// the environment of the developer and nowhere else. Where a name leads to RDS, set
// Options.ServerName.
func open(ctx context.Context, connString string, opts *rdstls.Options, plain bool, out io.Writer) (*pgxpool.Pool, error) {
	pool, err := rdspgx.NewPool(ctx, connString, opts)
	if plain && errors.Is(err, rdstls.ErrNotEndpoint) {
		fmt.Fprintln(out, "the database is not verified: it is no RDS endpoint")
		return pgxpool.New(ctx, connString)
	}
	return pool, err
}
