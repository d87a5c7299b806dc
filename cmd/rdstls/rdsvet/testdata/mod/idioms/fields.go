package idioms

import (
	"context"
	"crypto/tls"
	"database/sql"
	"os"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	rdsmysql "github.com/rdstls/go/mysql"
)

func fields() {
	named := mysql.NewConfig() // want `RT002`
	named.Net = "tcp"
	named.Addr = host + ":3306"
	named.TLSConfig = "skip-verify"
	_, _ = sql.Open("mysql", named.FormatDSN())

	none := mysql.NewConfig() // want `RT001`
	none.Addr = host
	_, _ = mysql.NewConnector(none)

	unknown := mysql.Config{User: "app", Net: "tcp", Addr: os.Getenv("DB_HOST")} // want `RT001`
	_, _ = sql.Open("mysql", unknown.FormatDSN())
}

func goodFields() {
	later := mysql.Config{Net: "tcp", Addr: host, AllowCleartextPasswords: true}
	later.TLSConfig = "rds"
	_, _ = mysql.NewConnector(&later)

	strict := mysql.NewConfig()
	strict.Addr = host
	strict.TLS = &tls.Config{ServerName: host}
	_, _ = mysql.NewConnector(strict)

	library := mysql.NewConfig()
	library.Addr = host
	_, _ = rdsmysql.NewConnector(library, nil)

	local := mysql.Config{Net: "tcp", Addr: "localhost:3306"}
	_, _ = sql.Open("mysql", local.FormatDSN())
}

func returned() *mysql.Config {
	cfg := mysql.NewConfig() // the caller gives it to the library
	cfg.Addr = os.Getenv("DB_HOST")
	return cfg
}

func hostField(ctx context.Context) {
	cfg, _ := pgx.ParseConfig("")
	cfg.Host = host
	cfg.TLSConfig = nil // want `RT001: a TLSConfig of nil`
	_, _ = pgx.ConnectConfig(ctx, cfg)
}
