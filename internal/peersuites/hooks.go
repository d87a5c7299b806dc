package main

// readRoots begins the init functions below: it reads the roots that the tests trust,
// and ends where the program was not started by peersuites.
const readRoots = `
func init() {
	file := os.Getenv("RDSTLS_PEER_ROOTS")
	if file == "" {
		return
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	roots, err := bundle.ParsePool(pem)
	if err != nil {
		panic(err)
	}
`

// pgxAnchor is in pgconn.ConnectConfig, through which all of pgx connects, after the
// checks of the configuration.
const pgxAnchor = "\tconnectConfigs, errs := buildConnectOneConfigs(ctx, config)\n"

// pgxCall is put before pgxAnchor.
const pgxCall = `	if RDSTLSPeer != nil {
		var err error
		if config, err = RDSTLSPeer(config); err != nil {
			return nil, err
		}
	}
`

// pgxTest gives the hook rdspgx.Configure. The configuration that it returns is a
// copy: tests look at theirs after they have connected.
const pgxTest = `
import (
	"os"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/bundle"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

` + readRoots + `	pgconn.RDSTLSPeer = func(config *pgconn.Config) (*pgconn.Config, error) {
		cfg, err := pgx.ParseConfig("host=127.0.0.1")
		if err != nil {
			return nil, err
		}
		cfg.Config = *config.Copy()
		if err := rdspgx.Configure(cfg, &rdstls.Options{Roots: roots}); err != nil {
			return nil, err
		}
		return &cfg.Config, nil
	}
}
`

// mysqlHook stands where the driver makes a connector. The connector of rdsmysql
// makes one of the driver's for each attempt, which the hook leaves alone.
const mysqlHook = `package mysql

import (
	"database/sql/driver"
	"strings"
)

// RDSTLSPeer makes each connector, if it is set.
var RDSTLSPeer func(*Config) (driver.Connector, error)

func rdstlsPeer(cfg *Config) (driver.Connector, error) {
	if RDSTLSPeer == nil || strings.HasPrefix(cfg.TLSConfig, "set by rdsmysql") {
		return newConnector(cfg), nil
	}
	return RDSTLSPeer(cfg)
}
`

const mysqlTest = `
import (
	"database/sql/driver"
	"os"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/bundle"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

` + readRoots + `	mysql.RDSTLSPeer = func(cfg *mysql.Config) (driver.Connector, error) {
		return rdsmysql.NewConnector(cfg, &rdstls.Options{Roots: roots})
	}
}
`
