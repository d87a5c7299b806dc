package main

import (
	"context"
	"crypto/tls"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// The connection strings of the demonstration are those of an application that
// has been in production for years. Only the account is made up.
const (
	endpoint = "orders.c9akciq32.eu-west-1.rds.amazonaws.com"
	region   = "eu-west-1"
	user     = "app"
	password = "tr0ub4dor"
	schema   = "shop"
)

// query is what is asked of every server.
const query = "select 1"

// A database is what differs between PostgreSQL and MySQL.
type database struct {
	name    string // "PostgreSQL"
	driver  string // the stock driver
	adapter string // the package in place of the driver
	dsn     string // the connection string of the demonstration

	// requestLength is the length of what a client has to send outside TLS.
	requestLength int

	// listen starts a built-in server.
	listen func(*tls.Config) (*fakedb.Server, error)

	// stock and verified connect with dsn, through the driver alone and through
	// this module, while the name in dsn leads to addr.
	stock    func(ctx context.Context, addr string) (connection, error)
	verified func(ctx context.Context, addr string, opts *rdstls.Options) (connection, error)

	// own connects with a connection string of the user's.
	own func(ctx context.Context, dsn string, opts *rdstls.Options) (connection, error)

	// passwordIn returns the password of a connection string, so that nothing prints it.
	passwordIn func(dsn string) string
}

// A connection is what was observed of one that was made, and closed again.
type connection struct {
	tls    tls.ConnectionState // zero if the driver does not show it
	answer int                 // to the query
}
