package idioms

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	"example.com/vetted/wrapper"
)

type store struct{ dsn, mode string }

func newStore() *store {
	return &store{dsn: "postgres://app@" + host + "/orders?sslmode=require"}
}

func (s *store) open(ctx context.Context) { _, _ = pgx.Connect(ctx, s.dsn) } // want `RT002`

func (s *store) setMode() { s.mode = "disable" }

func (s *store) openMode(ctx context.Context) {
	_, _ = pgx.Connect(ctx, "host="+host+" sslmode="+s.mode) // want `RT001`
}

type several struct{ host, mode string }

var choices = []several{{"localhost", "disable"}, {host, "verify-full"}}

func (s several) open(ctx context.Context) {
	_, _ = pgx.Connect(ctx, "host="+s.host+" sslrootcert=/rds.pem sslmode="+s.mode)
}

func ranged(ctx context.Context) {
	for _, dsn := range []string{"host=localhost sslmode=disable", "host=" + host + " sslmode=require"} {
		_, _ = pgx.Connect(ctx, dsn) // want `RT002`
	}
	for _, dsn := range []string{"host=localhost sslmode=disable"} {
		_, _ = pgx.Connect(ctx, dsn)
	}
}

func mapped(ctx context.Context) {
	dsns := map[string]string{"dev": "host=localhost sslmode=disable", "prod": "host=" + host + " sslmode=require"}
	_, _ = pgx.Connect(ctx, dsns["dev"])
	_, _ = pgx.Connect(ctx, dsns["prod"])             // want `RT002`
	_, _ = pgx.Connect(ctx, dsns[os.Getenv("STAGE")]) // want `RT002`
	_, _ = pgx.Connect(ctx, dsns["other"])
}

func written(ctx context.Context) {
	var b strings.Builder
	b.WriteString("host=" + host)
	b.WriteByte(' ')
	fmt.Fprintf(&b, "user=%s sslmode=%s", os.Getenv("DB_USER"), "require")
	_, _ = pgx.Connect(ctx, b.String()) // want `RT002`

	var good bytes.Buffer
	good.WriteString("host=" + host + " sslmode=verify-full")
	good.WriteString(" sslrootcert=/rds.pem")
	_, _ = pgx.Connect(ctx, good.String())
}

func drivers() {
	const driver = "pgx"
	_, _ = sql.Open(driver, "host="+host+" sslmode=require") // want `RT002`
	name := "mysql"
	_, _ = sql.Open(name, "app@tcp("+host+")/orders?tls=skip-verify") // want `RT002`
	_, _ = sql.Open(os.Getenv("DRIVER"), "app@tcp("+host+")/orders?tls=skip-verify")
	_, _ = wrapper.Open("postgres", "host="+host+" sslmode=require") // want `RT002`
	wrapper.Log("postgres", "host="+host+" sslmode=require")
}

func closures(ctx context.Context) {
	open := func(dsn string) { _, _ = pgx.Connect(ctx, dsn) } // want `RT002`
	open("host=" + host + " sslmode=require")
	quiet := func(dsn string) { _, _ = pgx.Connect(ctx, dsn) }
	quiet("host=localhost sslmode=disable")
}

func replaced(ctx context.Context) {
	_, _ = pgx.Connect(ctx, strings.ReplaceAll("postgres://app:PASSWORD@"+host+"/orders", "PASSWORD", os.Getenv("DB_PASSWORD"))) // want `RT001`
}
