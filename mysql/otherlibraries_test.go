package rdsmysql_test

// How a configured *mysql.Config is handed to other libraries: as a Connector or a
// *sql.DB. A DSN cannot hold the verification, so one that is made of the
// configuration does not open, anywhere.

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/dbservers"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// reopenings are the ways in which a library can open a DSN.
var reopenings = map[string]func(dsn string) (*sql.DB, error){
	"sql.Open": func(dsn string) (*sql.DB, error) { return sql.Open("mysql", dsn) },
	"ParseDSN and NewConnector": func(dsn string) (*sql.DB, error) {
		cfg, err := mysql.ParseDSN(dsn)
		if err != nil {
			return nil, err
		}
		connector, err := mysql.NewConnector(cfg)
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(connector), nil
	},
	"rdsmysql.OpenDB": func(dsn string) (*sql.DB, error) { return rdsmysql.OpenDB(dsn, trust()) },
}

func TestOtherLibrariesFormatDSN(t *testing.T) {
	t.Parallel()
	withPassword := trust()
	withPassword.Password = func(context.Context, string, string) (string, error) { return "", errors.New("not asked for") }
	for _, opts := range []*rdstls.Options{trust(), withPassword} {
		cfg := parse(t, canaryUser+":"+canaryPassword+"@tcp("+orders+")/"+canaryDatabase+"?tls=preferred&parseTime=true")
		configure(t, cfg, opts)
		for name, reopen := range reopenings {
			db, err := reopen(cfg.FormatDSN())
			if err == nil {
				db.Close()
				t.Errorf("%s of FormatDSN = nil, want an error", name)
				continue
			}
			// It says what to do instead, and not the password.
			if text := err.Error(); !strings.Contains(text, "pass the *sql.DB or Connector") || strings.Contains(text, canaryPassword) {
				t.Errorf("%s of FormatDSN = %v, want advice and no password", name, err)
			}
		}
	}
}

// The driver's own NewConnector, which libraries call with a configuration, and a
// clone of it are verified as well.
func TestOtherLibraries(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for name, want := range map[string]bool{orders: true, billing: false} {
			cfg := realConfig(t, s, name)
			configure(t, cfg, trust())
			for _, cfg := range []*mysql.Config{cfg, cfg.Clone()} {
				db := stockDB(t, cfg)
				var variable, version string
				err := db.QueryRowContext(t.Context(), "SHOW STATUS LIKE 'Ssl_version'").Scan(&variable, &version)
				if verified := err == nil && version != ""; verified != want {
					t.Errorf("connecting to %s as %s: TLS %q, %v; want success %t", orders, name, version, err, want)
				}
				db.Close()
			}
		}
	})
}
