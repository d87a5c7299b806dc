package defaults

import (
	"crypto/tls"
	"database/sql"
	"flag"
	"net/url"

	"github.com/go-sql-driver/mysql"
)

type config struct {
	SSLMode string `env:"DB_SSLMODE" envDefault:"disable"` // want `RT010: the mode defaults to disable`
	Mode    string `env:"DB_SSL_MODE" default:"require"`   // want `RT010`
	Other   string `env:"CACHE_MODE" default:"disable"`
	Good    string `env:"DB_SSLMODE" envDefault:"verify-full"`
}

func getEnv(name, otherwise string) string { return otherwise }

func calls(query url.Values) {
	_ = getEnv("DB_SSL_MODE", "disable") // want `RT010`
	_ = getEnv("DB_SSL_MODE", "verify-full")
	_ = getEnv("LOG_MODE", "disable")
	_ = flag.String("db-sslmode", "prefer", "the mode") // want `RT010`
	query.Set("sslmode", "require")                     // want `RT010`
}

func keys() (*sql.DB, error) {
	_ = mysql.RegisterTLSConfig("rds", &tls.Config{}) // want `RT012: no connection uses this TLS configuration`
	_ = mysql.RegisterTLSConfig("custom", &tls.Config{})
	return sql.Open("mysql", "app@tcp(db.prod.net)/orders?tls=custom")
}
