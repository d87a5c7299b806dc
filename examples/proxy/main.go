// Proxy connects to an RDS Proxy. The program is that of any endpoint. What
// differs is whom rdspgx trusts, and it knows that from the name: certificates of
// proxies are Amazon Trust Services', those of instances are RDS's own.
//
//	DATABASE_URL=postgres://…@orders.proxy-….eu-west-1.rds.amazonaws.com/… go run ./examples/proxy
//
// A further endpoint of a proxy (….endpoint.proxy-….rds.amazonaws.com) needs
// PROXY_ENDPOINT, the proxy's default endpoint, if its certificate has only the
// wildcard *.proxy-….rds.amazonaws.com: that is one label short.
package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"os"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func main() {
	opts := &rdstls.Options{ServerName: os.Getenv("PROXY_ENDPOINT")} // empty: the host in DATABASE_URL
	if err := run(context.Background(), os.Getenv("DATABASE_URL"), opts, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "proxy:", err)
		if d, ok := rdstls.Diagnose(err); ok {
			fmt.Fprintln(os.Stderr, d.Advice)
		}
		os.Exit(1)
	}
}

// run prints who vouched for the proxy. The same options serve rdsmysql.OpenDB.
func run(ctx context.Context, url string, opts *rdstls.Options, out io.Writer) error {
	pool, err := rdspgx.NewPool(ctx, url, opts)
	if err != nil {
		return err
	}
	defer pool.Close()
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return err
	}
	defer conn.Release()
	// Not from pg_stat_ssl: behind a proxy, that is about the proxy's connection to
	// the database.
	tlsConn, ok := conn.Conn().PgConn().Conn().(*tls.Conn)
	if !ok || len(tlsConn.ConnectionState().VerifiedChains) == 0 {
		return errors.New("not verified") // which rdspgx does not let happen
	}
	state := tlsConn.ConnectionState()
	chain := state.VerifiedChains[0]
	_, err = fmt.Fprintf(out, "verified as %s, by %s\n", state.ServerName, chain[len(chain)-1].Subject.CommonName)
	return err
}
