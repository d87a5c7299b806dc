package main

import (
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

const endpoint = "orders.c9akciq32.eu-west-1.rds.amazonaws.com"

var ca = testcerts.New("eu-west-1", testcerts.RSA2048)

// start starts a server of each kind with the certificate of endpoint, issued by
// issuer, and returns the connection strings.
func start(t *testing.T, issuer *testcerts.Authority) (postgresURL, mysqlDSN string) {
	t.Helper()
	cfg := &tls.Config{Certificates: []tls.Certificate{issuer.Instance(endpoint)}}
	postgres, err := fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: cfg})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { postgres.Close() })
	mysql, err := fakedb.ListenMySQL(fakedb.MySQLOptions{TLS: cfg, Plugin: fakedb.CachingSHA2Password})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { mysql.Close() })
	return fmt.Sprintf("postgres://app:secret@%s/shop?sslmode=require", postgres.Addr()),
		fmt.Sprintf("app:secret@tcp(%s)/shop?tls=skip-verify", mysql.Addr())
}

// trust is for the servers' certificates and their address.
func trust() *rdstls.Options { return &rdstls.Options{ServerName: endpoint, Roots: ca.Pool()} }

func TestRun(t *testing.T) {
	t.Parallel()
	postgresURL, mysqlDSN := start(t, ca)
	var out strings.Builder
	if err := run(t.Context(), postgresURL, mysqlDSN, trust(), &out); err != nil {
		t.Fatalf("run = %v, want nil", err)
	}
	want := "pgx: connected and verified; select 1 returned 1\nmysql: connected and verified; select 1 returned 1\n"
	if got := out.String(); got != want {
		t.Errorf("run printed %q, want %q", got, want)
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	postgresURL, mysqlDSN := start(t, ca.Impostor())
	for _, tt := range []struct{ name, postgresURL, mysqlDSN string }{
		{"pgx", postgresURL, ""},
		{"mysql", "", mysqlDSN},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			err := run(t.Context(), tt.postgresURL, tt.mysqlDSN, trust(), &out)
			if err == nil || out.String() != "" {
				t.Errorf("run = %v, printing %q; want an error alone", err, out.String())
			}
		})
	}
}
