package rdspgx_test

import (
	"errors"
	"strings"
	"testing"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// TestMistypedStrings checks what an error advises about a mistyped string. It does
// not match ErrNotEndpoint: the string may name an endpoint, and a program that
// leaves ErrNotEndpoint strings to pgx must not connect with it.
func TestMistypedStrings(t *testing.T) {
	t.Parallel()
	const (
		encode = "percent-encode the password"
		scheme = "the scheme must be postgres://"
		token  = "/?Action=connect&DBUser=app&X-Amz-Credential=AKIA%2F20261125&X-Amz-Signature=abc"
	)
	for connString, want := range map[string]string{
		"postgres://app:p/w@EP/db":                       encode,
		"postgres://app:12/w@EP/db":                      encode,
		"postgres://app:p@w@EP/db":                       encode,
		"postgres://app:p@w@localhost/db":                encode,
		"postgres://app:100%x@EP/db":                     encode,
		"postgres://app:100%@EP/db":                      encode,
		"postgres://app:100%00@EP/db":                    encode,
		"postgres://app:p w@EP/db":                       encode,
		"postgres://app:12/p?w@EP/db":                    encode,
		"postgres://app:12/p?x=w@EP/db":                  encode,
		"postgres://app:x@p?y=w@EP/db":                   encode,
		"postgres://app:x@[p]/w@EP/db":                   encode,
		"postgres://app:x@[p?application_name=w@EP]/db":  encode,
		"postgres://app@EP/db&password%3Dw":              "the value of database",
		"host=EP dbname=db&password%3Dw":                 "the value of database",
		"postgres://app:EP:5432" + token + "@EP:5432/db": encode,
		"postgres://EP?user=app&password=p@w":            "host/name?parameters",
		"postgres://EP:5432?password=p@w":                "host/name?parameters",
		"postgres://EP/db?password=p&w=x":                encode,
		"postgres://app@EP/db?sslmode=a=b":               "%3D",
		"postgres://app@EP:x/db":                         "invalid port",

		"pgx5://app:p@EP/db":                         scheme,
		"pgx5://app:p@EP/db?sslmode=require":         scheme,
		"jdbc:postgresql://EP/db?user=app":           scheme,
		"postgresql+psycopg2://app:p@EP/db?x=y":      scheme,
		"postgresql+asyncpg://app:p@EP/db":           scheme,
		"cockroachdb://app:p@EP/db?sslmode=require":  scheme,
		"POSTGRES://app:p@EP/db":                     scheme,
		"postgres:/app:p@EP/db":                      scheme,
		"postgres:app:p@EP/db?sslmode=require":       scheme,
		"//app:p@EP/db?sslmode=require":              scheme,
		"\t\"Postgres:app:p@EP/db?x=y\"":             "remove the space or quote",
		" postgres://app:p@EP/db":                    scheme,
		"\n\tpostgres://app:p@EP/db?sslmode=require": scheme,
		"\"postgres://app:p@EP/db\"":                 scheme,
		"'postgres://app:p@EP/db?sslmode=require'":   scheme,
		"\ufeffpostgres://app:p@EP/db":               scheme,
		"app:p@EP/db":                                "a URL starts with postgres://",
		"app:p@EP/db?sslmode=require":                "a URL starts with postgres://",
		"psql postgres://app:p@EP/db":                "a URL starts with postgres://",
		"DATABASE_URL=postgres://app:p@EP/db":        "another setting or an address",
		"host=postgres://app:p@EP/db":                "not valid in a host name",
		"dbname=postgres://app:p@EP/db host=x":       "the value of database",

		"host=EP password=a b=c":              "quote the password",
		"host=EP password='a'b=c":             "quote the password",
		"host=EP password=a b":                "password='…'",
		"host=EP user=app:a b=c password=x":   "quote the password",
		"host=EP Password=x":                  "in lower case",
		"host=EP pasword=x":                   `"password"`,
		"host=EP pass-word=x":                 "the name of a parameter",
		"host=EP passwd=x":                    `"password"`,
		"host=EP user= password=x":            "the value of user",
		"host=EP application_name= pwd=x":     "the value of application_name",
		"host=EP,password=x":                  "not valid in a host name",
		"host= sslmode=verify-full user=u":    "not valid in a host name",
		"host='EP sslmode=verify-full'":       "not valid in a host name",
		"Host=EP;Username=app;Password=p":     "in lower case",
		"host=EP sslnegotiation= password=pw": "the value of sslnegotiation",
	} {
		connString = strings.ReplaceAll(connString, "EP", orders)
		for _, opts := range []*rdstls.Options{nil, trust(), {ServerName: orders}} {
			_, err := rdspgx.ParseConfig(connString, opts)
			var refused *rdstls.ConfigError
			if !errors.As(err, &refused) || !strings.Contains(err.Error(), want) || errors.Is(err, rdstls.ErrNotEndpoint) {
				t.Errorf("ParseConfig(%q) = %v, want %q in it, and not ErrNotEndpoint", connString, err, want)
			}
		}
	}
}

// TestEnvironmentInError checks that an error about a setting that comes from the
// environment names the variable, and that one about the string does not.
func TestEnvironmentInError(t *testing.T) {
	noFile := t.TempDir() + "/none"
	for _, tt := range []struct{ variable, value, setting string }{
		{"PGSSLMODE", "disable", "sslmode"},
		{"PGSSLMODE", "verify_full", "sslmode"},
		{"PGSSLROOTCERT", noFile, "sslrootcert"},
		{"PGSSLROOTCERT", writeFile(t, "empty.crt", nil), "sslrootcert"},
		{"PGSSLCERT", noFile, "sslcert"},
		{"PGSSLKEY", noFile, "sslcert"},
		{"PGPORT", "x", "port"},
		{"PGPORT", "1,2", "port"},
		{"PGCONNECT_TIMEOUT", "x", "connect_timeout"},
		{"PGSSLCERTMODE", "x", "sslcertmode"},
		{"PGTARGETSESSIONATTRS", "x", "target_session_attrs"},
		{"PGCHANNELBINDING", "x", "channel_binding"},
		{"PGREQUIREAUTH", "x", "require_auth"},
		{"PGMINPROTOCOLVERSION", "x", "min_protocol_version"},
		{"PGMAXPROTOCOLVERSION", "x", "max_protocol_version"},
		{"PGSERVICE", "none", "service"},
		{"PGSSLNEGOTIATION", "x", "sslnegotiation"},
		{"PGUSER", "app password=x", "user"},
		{"PGDATABASE", "postgres://a:b@c/d", "database"},
		{"PGAPPNAME", "a password=x", "application_name"},
		{"PGOPTIONS", "password=x", "options"},
		{"PGTZ", "password=x", "timezone"},
	} {
		t.Run(tt.variable, func(t *testing.T) {
			t.Setenv(tt.variable, tt.value)
			_, err := rdspgx.ParseConfig("host="+orders, nil)
			if err == nil || !strings.Contains(err.Error(), tt.variable) || strings.Contains(err.Error(), noFile) {
				t.Errorf("ParseConfig = %v, want an error that names %s", err, tt.variable)
			}
			if tt.setting == "service" {
				return
			}
			t.Setenv(tt.variable, "")
			_, err = rdspgx.ParseConfig("host="+orders+" "+tt.setting+"='"+tt.value+"'", nil)
			if err == nil || strings.Contains(err.Error(), "PG") {
				t.Errorf("ParseConfig = %v, want an error that names no variable", err)
			}
		})
	}
}

// TestEnvironmentHostInError checks that an error about a host names PGHOST if the
// string has no host.
func TestEnvironmentHostInError(t *testing.T) {
	for _, host := range []string{
		"/tmp", "postgres://app:p@" + orders + "/db", "localhost", "db.c9akciq32.eu-west1.rds.amazonaws.com", orders + ":5432", `"` + orders + `"`,
	} {
		t.Setenv("PGHOST", host)
		if _, err := rdspgx.ParseConfig("user=app", nil); err == nil || !strings.Contains(err.Error(), "PGHOST") {
			t.Errorf("PGHOST=%s: ParseConfig = %v, want an error that names PGHOST", host, err)
		}
	}
	if _, err := rdspgx.ParseConfig("host=/tmp", nil); err == nil || strings.Contains(err.Error(), "PGHOST") {
		t.Errorf("ParseConfig = %v, want an error that does not name PGHOST", err)
	}
}

// TestHostFromEnvironment checks that PGHOST and the service of PGSERVICE choose
// the host if the string has none, that the server is verified under that name,
// and that the host of the string wins.
func TestHostFromEnvironment(t *testing.T) {
	service := writeFile(t, "service.conf", []byte("[billing]\nhost="+billing+"\nsslmode=prefer\n"))
	for _, env := range []map[string]string{
		{"PGHOST": billing, "PGSSLMODE": "prefer"},
		{"PGHOST": orders, "PGSERVICE": "billing", "PGSERVICEFILE": service},
	} {
		for name, value := range env {
			t.Setenv(name, value)
		}
		for connString, want := range map[string]string{"user=app": billing, "postgres://app@/d": billing, "host=" + archive: archive} {
			cfg, err := rdspgx.ParseConfig(connString, nil)
			if err != nil || cfg.Host != want || cfg.TLSConfig.ServerName != want || len(cfg.Fallbacks) != 0 {
				t.Errorf("%v: ParseConfig(%q) = %v, want a configuration that only connects to %q and verifies it", env, connString, err, want)
			}
		}
	}
}
