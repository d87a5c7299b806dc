package fixkey

import (
	"database/sql"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/rdstls"
)

const host = "orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com"

func open(opts *rdstls.Options) (*sql.DB, error) {
	cfg, err := rdstls.ClientConfig(host, opts)
	if err != nil {
		return nil, err
	}
	if err := mysql.RegisterTLSConfig("rds", cfg); err != nil { // want `RT012`
		return nil, err
	}
	return sql.Open("mysql", "app@tcp("+host+")/orders?tls=aws&parseTime=true")
}
