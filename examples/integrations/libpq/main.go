// Libpq connects to RDS for PostgreSQL with lib/pq, over verified connections.
//
//	DATABASE_URL=postgres://… go run ./libpq
//
// Of the modes that lib/pq has, "require" verifies nobody and "prefer" does not
// insist on TLS. A registered configuration, "pqgo-…", is the one that verifies
// with roots of the program's own.
package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/lib/pq"

	"github.com/rdstls/go/rdstls"
)

func main() {
	err := run(context.Background(), os.Getenv("DATABASE_URL"), nil, os.Stdout)
	if err == nil {
		return
	}
	fmt.Fprintln(os.Stderr, "libpq:", err)
	if d, ok := rdstls.Diagnose(err); ok {
		fmt.Fprintln(os.Stderr, "libpq:", d.Advice)
	}
	os.Exit(1)
}

// open takes the place of sql.Open("postgres", connString). With RDS, opts is nil.
//
// The host in connString is the one that is verified. To reach it through a
// tunnel, add where the tunnel begins: hostaddr=127.0.0.1 port=15432.
func open(connString string, opts *rdstls.Options) (*sql.DB, error) {
	cfg, err := pq.NewConfig(connString)
	if err != nil {
		return nil, errors.New("the connection string does not parse") // err may quote a password
	}
	if err := checkHosts(cfg, opts); err != nil {
		return nil, err
	}
	shared, err := rdstls.SharedConfig(opts)
	if err != nil {
		return nil, err
	}
	// lib/pq looks into its registry, which is the whole process's, at each
	// connection: under a key of its own, this database keeps its trust when another
	// is opened with other options.
	key := "rds-" + rand.Text()
	if err := pq.RegisterTLSConfig(key, shared); err != nil {
		return nil, err
	}
	// In the Config, so that neither the string nor PGSSLMODE has the last word.
	cfg.SSLMode = pq.SSLMode("pqgo-" + key)
	cfg.SSLSNI = true    // lib/pq tells crypto/tls the host to verify only if this is set
	cfg.SSLRootCert = "" // would replace the roots, and fail
	cfg.SSLMinProtocolVersion = pq.SSLProtocolVersionTLS12
	if shared.MinVersion >= tls.VersionTLS13 {
		cfg.SSLMinProtocolVersion = pq.SSLProtocolVersionTLS13
	}
	cfg.SSLMaxProtocolVersion = "" // could be below

	connector, err := pq.NewConnectorConfig(cfg)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// checkHosts refuses what is no endpoint before anything is looked up or dialed: in
// a malformed string, a host can be a part of the password.
func checkHosts(cfg pq.Config, opts *rdstls.Options) error {
	if opts != nil && opts.Roots != nil {
		return nil
	}
	hosts := []string{cfg.Host}
	for _, other := range cfg.Multi {
		hosts = append(hosts, other.Host)
	}
	for _, host := range hosts {
		if _, err := rdstls.ParseEndpoint(host); err != nil {
			return errors.New("a host in the connection string is no RDS endpoint") // err quotes it
		}
	}
	return nil
}

func run(ctx context.Context, connString string, opts *rdstls.Options, out io.Writer) error {
	db, err := open(connString, opts)
	if err != nil {
		return err
	}
	defer db.Close()
	var n int
	if err := db.QueryRowContext(ctx, "select 1").Scan(&n); err != nil {
		return fmt.Errorf("query: %w", err)
	}
	_, err = fmt.Fprintf(out, "connected and verified; select 1 returned %d\n", n)
	return err
}
