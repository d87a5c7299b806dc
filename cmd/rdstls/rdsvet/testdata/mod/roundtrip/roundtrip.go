package roundtrip

import (
	"crypto/tls"
	"database/sql"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	rdspgx "github.com/rdstls/go/pgx"
)

func lost(dsn string, strict *tls.Config) {
	cfg, _ := mysql.ParseDSN(dsn)
	cfg.TLS = strict
	_, _ = sql.Open("mysql", cfg.FormatDSN()) // want `RT009: FormatDSN drops the TLS configuration`

	literal := mysql.Config{TLS: strict}
	text := literal.FormatDSN()
	_, _ = sql.Open("mysql", text) // want `RT009`

	conn, _ := pgx.ParseConfig(dsn)
	_ = rdspgx.Configure(conn, nil)
	_, _ = sql.Open("pgx", conn.ConnString()) // want `RT009: ConnString drops`
}

func kept(dsn string) {
	cfg, _ := mysql.ParseDSN(dsn)
	cfg.TLSConfig = "rds"
	_, _ = sql.Open("mysql", cfg.FormatDSN())
	conn, _ := pgx.ParseConfig(dsn)
	_, _ = sql.Open("pgx", conn.ConnString())
}
