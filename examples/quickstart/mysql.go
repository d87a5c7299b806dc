package main

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"net"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

const mysqlDSN = user + ":" + password + "@tcp(" + endpoint + ":3306)/" + schema + "?tls=skip-verify"

func mySQL() database {
	return database{
		name:          "MySQL",
		driver:        "go-sql-driver/mysql",
		adapter:       "rdsmysql",
		dsn:           mysqlDSN,
		requestLength: 36, // the packet Protocol::SSLRequest
		listen: func(cfg *tls.Config) (*fakedb.Server, error) {
			// The plugin of MySQL 8 has the client send the password inside TLS.
			return fakedb.ListenMySQL(fakedb.MySQLOptions{TLS: cfg, Plugin: fakedb.CachingSHA2Password})
		},
		stock:      stockMySQL,
		verified:   verifiedMySQL,
		own:        ownMySQL,
		passwordIn: mysqlPassword,
	}
}

// stockMySQL cannot tell the state of TLS: the driver does not show it.
func stockMySQL(ctx context.Context, addr string) (connection, error) {
	cfg, err := parseMySQL(addr)
	if err != nil {
		return connection{}, err
	}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return connection{}, err
	}
	return inspectMySQL(ctx, sql.OpenDB(connector))
}

// verifiedMySQL is stockMySQL with the other NewConnector. An application that
// does not have to lead its connections astray calls rdsmysql.OpenDB, as ownMySQL
// does.
func verifiedMySQL(ctx context.Context, addr string, opts *rdstls.Options) (connection, error) {
	cfg, err := parseMySQL(addr)
	if err != nil {
		return connection{}, err
	}
	var state tls.ConnectionState
	connector, err := rdsmysql.NewConnector(cfg, observed(opts, &state))
	if err != nil {
		return connection{}, err
	}
	c, err := inspectMySQL(ctx, sql.OpenDB(connector))
	c.tls = state
	return c, err
}

func ownMySQL(ctx context.Context, dsn string, opts *rdstls.Options) (connection, error) {
	var state tls.ConnectionState
	db, err := rdsmysql.OpenDB(dsn, observed(opts, &state))
	if err != nil {
		return connection{}, err
	}
	c, err := inspectMySQL(ctx, db)
	c.tls = state
	return c, err
}

// observed returns opts, which may be nil, with a hook that stores the state of
// the connection in state.
func observed(opts *rdstls.Options, state *tls.ConnectionState) *rdstls.Options {
	var o rdstls.Options
	if opts != nil {
		o = *opts
	}
	o.Base = &tls.Config{VerifyConnection: func(cs tls.ConnectionState) error {
		*state = cs
		return nil
	}}
	return &o
}

// parseMySQL leads the endpoint's name to addr, as DNS in the hands of an
// attacker would.
func parseMySQL(addr string) (*mysql.Config, error) {
	cfg, err := mysql.ParseDSN(mysqlDSN)
	if err != nil {
		return nil, err
	}
	cfg.DialFunc = func(ctx context.Context, network, _ string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err != nil {
			return nil, err
		}
		// Without this package around it, the driver waits for a silent server for ever.
		deadline, _ := ctx.Deadline()
		return conn, conn.SetDeadline(deadline)
	}
	return cfg, nil
}

// inspectMySQL makes one connection, and closes db.
func inspectMySQL(ctx context.Context, db *sql.DB) (connection, error) {
	var c connection
	err := db.QueryRowContext(ctx, query).Scan(&c.answer)
	return c, errors.Join(err, db.Close())
}

func mysqlPassword(dsn string) string {
	cfg, err := mysql.ParseDSN(dsn)
	if err != nil {
		return "" // it was never sent, and errors of rdsmysql do not quote the DSN
	}
	return cfg.Passwd
}
