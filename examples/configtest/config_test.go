package main

// The test of a program's own configuration. It is what to copy: it connects to
// nothing and takes milliseconds.

import (
	"errors"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"

	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// An environment is what the program is deployed with. Keep one for each stage.
type environment map[string]string

func (e environment) get(name string) string { return e[name] }

var environments = map[string]environment{
	"staging": {
		"DB_HOST": "orders.c9akciq32.eu-west-1.rds.amazonaws.com",
		"DB_USER": "app", "DB_PASSWORD": "p@ss/w:rd?", "DB_NAME": "orders",
	},
	"production": {
		"DB_HOST": "orders.cluster-c9akciq32.eu-west-1.rds.amazonaws.com", "DB_PORT": "6033",
		"DB_USER": "app", "DB_PASSWORD": "p@ss/w:rd?", "DB_NAME": "orders",
	},
}

func TestPostgresConfigVerifies(t *testing.T) {
	t.Parallel()
	for stage, env := range environments {
		cfg, err := postgresConfig(env.get, nil)
		if err != nil {
			t.Errorf("%s: postgresConfig = %v, want nil", stage, err)
			continue
		}
		if err := rdspgx.Check(cfg); err != nil {
			t.Errorf("%s: a connection could go unverified: %v", stage, err)
		}
	}
}

func TestMySQLConfigVerifies(t *testing.T) {
	t.Parallel()
	for stage, env := range environments {
		cfg, err := mysqlConfig(env.get, nil)
		if err != nil {
			t.Errorf("%s: mysqlConfig = %v, want nil", stage, err)
			continue
		}
		if err := rdsmysql.Check(cfg); err != nil {
			t.Errorf("%s: a connection could go unverified: %v", stage, err)
		}
	}
}

// pgx reads the process's own environment as well. What it says there must not
// decide: asked for plaintext outright, the program refuses to start.
func TestEnvironmentCannotWeaken(t *testing.T) {
	env := environments["staging"]
	t.Setenv("PGSSLMODE", "prefer")
	cfg, err := postgresConfig(env.get, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := rdspgx.Check(cfg); err != nil {
		t.Errorf("with PGSSLMODE=prefer a connection could go unverified: %v", err)
	}
	t.Setenv("PGSSLMODE", "disable")
	if _, err := postgresConfig(env.get, nil); !errors.Is(err, rdstls.ErrPlaintext) {
		t.Errorf("postgresConfig with PGSSLMODE=disable = %v, want %v", err, rdstls.ErrPlaintext)
	}
}

// Why the program hands on the configuration and not a string made of it: a string
// cannot hold the verification. pgx's opens, and is unverified. MySQL's does not
// open.
func TestStringsLoseVerification(t *testing.T) {
	t.Parallel()
	env := environments["staging"]
	forPostgres, err := postgresConfig(env.get, nil)
	if err != nil {
		t.Fatal(err)
	}
	reopened, err := pgx.ParseConfig(forPostgres.ConnString())
	if err != nil {
		t.Fatal(err)
	}
	if err := rdspgx.Check(reopened); !errors.Is(err, rdstls.ErrUnverified) {
		t.Errorf("Check of the ConnString = %v, want %v", err, rdstls.ErrUnverified)
	}
	forMySQL, err := mysqlConfig(env.get, nil)
	if err != nil {
		t.Fatal(err)
	}
	const told = "pass the *sql.DB or Connector, not a DSN"
	if _, err := mysql.ParseDSN(forMySQL.FormatDSN()); err == nil || !strings.Contains(err.Error(), told) {
		t.Errorf("ParseDSN of the FormatDSN = %v, want %q", err, told)
	}
}

// What the checks are worth: without Configure, they fail. A good TLSConfig alone
// is not enough, because sslmode=prefer keeps its way to plaintext in Fallbacks.
func TestCheckNotices(t *testing.T) {
	t.Parallel()
	host := environments["staging"]["DB_HOST"]
	prefer, err := pgx.ParseConfig("postgres://app@" + host + "/orders?sslmode=prefer")
	if err != nil {
		t.Fatal(err)
	}
	if err := rdspgx.Check(prefer); !errors.Is(err, rdstls.ErrUnverified) {
		t.Errorf("Check of sslmode=prefer = %v, want %v", err, rdstls.ErrUnverified)
	}
	if prefer.TLSConfig, err = rdstls.ClientConfig(host, nil); err != nil {
		t.Fatal(err)
	}
	if err := rdspgx.Check(prefer); !errors.Is(err, rdstls.ErrPlaintext) {
		t.Errorf("Check of sslmode=prefer with a good TLSConfig = %v, want %v", err, rdstls.ErrPlaintext)
	}
	preferred, err := mysql.ParseDSN("app@tcp(" + host + ")/orders?tls=preferred")
	if err != nil {
		t.Fatal(err)
	}
	if err := rdsmysql.Check(preferred); !errors.Is(err, rdstls.ErrPlaintext) {
		t.Errorf("Check of tls=preferred = %v, want %v", err, rdstls.ErrPlaintext)
	}
}
