package insecure

import (
	"context"
	"crypto/tls"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

func direct(ctx context.Context, dsn string, skip bool) {
	cfg, _ := pgx.ParseConfig(dsn)
	cfg.TLSConfig = &tls.Config{InsecureSkipVerify: true} // want `RT005: InsecureSkipVerify connects to any server with TLS`
	cfg.Fallbacks = nil
	_, _ = pgx.ConnectConfig(ctx, cfg)

	pool, _ := pgxpool.ParseConfig(dsn)
	pool.ConnConfig.TLSConfig.InsecureSkipVerify = true // want `RT005`

	cfg.TLSConfig = &tls.Config{InsecureSkipVerify: skip}
	cfg.TLSConfig = &tls.Config{InsecureSkipVerify: true, VerifyConnection: func(tls.ConnectionState) error { return nil }}
}

func variable(cfg *pgx.ConnConfig) {
	insecure := &tls.Config{ServerName: "db"}
	insecure.InsecureSkipVerify = true
	cfg.TLSConfig = insecure // want `RT005` `RT006`

	verified := &tls.Config{InsecureSkipVerify: true}
	verified.VerifyConnection = func(tls.ConnectionState) error { return nil }
	cfg.TLSConfig = verified // want `RT006`
}

func helper(cfg *pgconn.Config) {
	cfg.TLSConfig = skipping()                                                                               // want `RT005`
	cfg.Fallbacks = []*pgconn.FallbackConfig{{Host: "db", TLSConfig: &tls.Config{InsecureSkipVerify: true}}} // want `RT005`
}

func skipping() *tls.Config { return &tls.Config{InsecureSkipVerify: true} }

func endless(cfg *pgx.ConnConfig) {
	cfg.TLSConfig = recursive() // want `RT006`
}

func recursive() *tls.Config { return recursive() }

func driver() {
	_ = mysql.RegisterTLSConfig("rds", &tls.Config{InsecureSkipVerify: true}) // want `RT005`
	_ = mysql.RegisterTLSConfig("good", &tls.Config{})
	_ = mysql.Config{TLS: &tls.Config{InsecureSkipVerify: true}} // want `RT005`
}
