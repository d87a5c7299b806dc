package fallbacks

import (
	"context"
	"crypto/tls"
	"crypto/x509"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
)

const host = "orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com"

func replaced(ctx context.Context, dsn string, roots *x509.CertPool) {
	strict := &tls.Config{RootCAs: roots, ServerName: host}

	prefer, _ := pgx.ParseConfig("postgres://app@" + host + "/orders")
	prefer.TLSConfig = strict // want `RT006: Fallbacks keep the TLS configuration`

	two, _ := pgx.ParseConfig("postgres://app@" + host + ",b." + host + "/orders?sslmode=require")
	two.TLSConfig = strict // want `RT006`

	one, _ := pgx.ParseConfig("postgres://app@" + host + "/orders?sslmode=require")
	one.TLSConfig = strict

	full, _ := pgx.ParseConfig("postgres://app@" + host + ",b." + host + "/orders?sslmode=verify-full")
	full.TLSConfig = strict

	unknown, _ := pgx.ParseConfig(dsn)
	unknown.TLSConfig = strict // want `RT006`

	cleared, _ := pgx.ParseConfig(dsn)
	cleared.TLSConfig = strict
	cleared.Fallbacks = nil

	ranged, _ := pgxpool.ParseConfig(dsn)
	ranged.ConnConfig.TLSConfig = strict
	for _, f := range ranged.ConnConfig.Fallbacks {
		f.TLSConfig = strict
	}

	configured, _ := pgx.ParseConfig(dsn)
	configured.TLSConfig = strict
	_ = rdspgx.Configure(configured, nil)

	local, _ := pgx.ParseConfig("postgres://app@localhost/orders")
	local.TLSConfig = strict
}

func edited(roots *x509.CertPool) {
	require, _ := pgx.ParseConfig("postgres://app@" + host + "/orders?sslmode=require")
	require.TLSConfig.RootCAs = roots // want `RT006: the TLS configuration that pgx made of the string verifies nothing by itself, whatever its RootCAs`

	full, _ := pgx.ParseConfig("postgres://app@" + host + "/orders?sslmode=verify-full")
	full.TLSConfig.RootCAs = roots
	full.TLSConfig.ServerName = host

	plain, _ := pgx.ParseConfig("postgres://app@" + host + "/orders?sslmode=verify-full")
	plain.TLSConfig = nil // want `RT001: a TLSConfig of nil`
}

func driver() {
	_ = mysql.Config{AllowFallbackToPlaintext: true} // want `RT007`
	cfg, _ := mysql.ParseDSN("app@tcp(" + host + ")/orders?tls=skip-verify")
	cfg.AllowFallbackToPlaintext = true // want `RT007`
	cfg.TLSConfig = "rds"               // want `RT007: the name of the TLS configuration is ignored`

	fresh, _ := mysql.ParseDSN("app@tcp(" + host + ")/orders")
	fresh.TLSConfig = "rds"

	cleared, _ := mysql.ParseDSN("app@tcp(" + host + ")/orders?tls=skip-verify")
	cleared.TLS = nil
	cleared.TLSConfig = "rds"

	ours, _ := mysql.ParseDSN("app@tcp(" + host + ")/orders?tls=skip-verify")
	ours.AllowFallbackToPlaintext = true
	_, _ = rdsmysql.NewConnector(ours, nil)
}
