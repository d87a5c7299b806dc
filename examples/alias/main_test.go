package main

import (
	"crypto/tls"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/rdstls"
)

var servers = exampledb.Servers(dbservers.Postgres, dbservers.MySQL, dbservers.MariaDB)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// alias returns addr by the name localhost, which is in no certificate.
func alias(addr string) string { return strings.Replace(addr, "127.0.0.1", "localhost", 1) }

func TestRun(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		postgresURL, mysqlDSN, want := exampledb.PostgresURL(alias(s.Addr)), "", "PostgreSQL: "
		if s.Kind != dbservers.Postgres {
			postgresURL, mysqlDSN, want = "", exampledb.MySQLDSN(alias(s.Addr)), "MySQL: "
		}
		var out strings.Builder
		err := run(t.Context(), postgresURL, mysqlDSN, exampledb.Trust(), &out)
		if want += "the endpoint behind the alias is verified\n"; err != nil || out.String() != want {
			t.Errorf("run = %v, printing %q; want nil, %q", err, out.String(), want)
		}
	})
}

// An RDS_ENDPOINT that was forgotten is an error, not a connection.
func TestNoEndpoint(t *testing.T) {
	t.Parallel()
	postgres, mysql := exampledb.PostgresURL("db.internal.example"), exampledb.MySQLDSN("db.internal.example")
	for _, urls := range [][2]string{{postgres, ""}, {"", mysql}} {
		if err := run(t.Context(), urls[0], urls[1], &rdstls.Options{}, io.Discard); !errors.Is(err, rdstls.ErrNotEndpoint) {
			t.Errorf("run = %v, want %v", err, rdstls.ErrNotEndpoint)
		}
	}
}

// Where the alias leads is in the hands of whoever writes DNS records, so the
// impostors of this example include RDS instances of other people.
func TestImpostor(t *testing.T) {
	t.Parallel()
	ca := exampledb.Authority()
	for name, cert := range map[string]tls.Certificate{
		"forged":                       ca.Impostor().Instance(exampledb.Endpoint),
		"genuine, of another instance": ca.Instance("orders.evil.eu-west-1.rds.amazonaws.com"),
		"genuine, for the alias":       ca.Instance("localhost"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			postgres, mysql := exampledb.PostgresImpostorWith(t, cert), exampledb.MySQLImpostorWith(t, cert)
			for _, urls := range [][2]string{
				{exampledb.PostgresURL(alias(postgres.Addr())), ""},
				{"", exampledb.MySQLDSN(alias(mysql.Addr()))},
			} {
				if err := run(t.Context(), urls[0], urls[1], exampledb.Trust(), io.Discard); err == nil {
					t.Error("run = nil, want an error")
				}
			}
			postgres.WantNothing(t)
			mysql.WantNothing(t)
		})
	}
}
