// Mssql connects to RDS for SQL Server with go-mssqldb, over verified connections.
//
//	MSSQL_DSN='sqlserver://app:…@orders.….rds.amazonaws.com?database=shop' go run ./mssql
//
// Without "encrypt" in the string, the driver verifies nobody and goes back to
// plaintext after the login.
package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"os"

	mssql "github.com/microsoft/go-mssqldb"
	"github.com/microsoft/go-mssqldb/msdsn"

	"github.com/rdstls/go/rdstls"
)

func main() {
	if err := run(context.Background(), os.Getenv("MSSQL_DSN"), nil, os.Stdout); err != nil {
		// rdstls.Diagnose has nothing to say here: the driver keeps the text of
		// the error of a handshake, and not the error.
		fmt.Fprintln(os.Stderr, "mssql:", err)
		os.Exit(1)
	}
}

// open takes the place of sql.Open("sqlserver", dsn). With RDS, opts is nil.
func open(dsn string, opts *rdstls.Options) (*sql.DB, error) {
	cfg, err := msdsn.Parse(dsn)
	if err != nil {
		return nil, errors.New("the connection string does not parse") // err may quote a password
	}
	if _, err := rdstls.ParseEndpoint(cfg.Host); err != nil && (opts == nil || opts.Roots == nil && opts.ServerName == "") {
		// In a malformed string it can be a part of the password, which err quotes.
		return nil, errors.New("the host in the connection string is no RDS endpoint")
	}
	// Both: without EncryptionRequired a server can decline TLS. They replace
	// encrypt, trustServerCertificate, certificate and tlsmin of the string.
	cfg.Encryption = msdsn.EncryptionRequired
	if cfg.TLSConfig, err = rdstls.ClientConfig(cfg.Host, opts); err != nil {
		return nil, err
	}
	return sql.OpenDB(mssql.NewConnectorConfig(cfg)), nil
}

func run(ctx context.Context, dsn string, opts *rdstls.Options, out io.Writer) error {
	db, err := open(dsn, opts)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.PingContext(ctx); err != nil {
		return fmt.Errorf("ping: %w", err)
	}
	_, err = fmt.Fprintln(out, "connected and verified")
	return err
}
