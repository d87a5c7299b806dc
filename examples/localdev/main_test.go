package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// database is the name in the certificate of the servers, the container's.
const database = "db"

var servers = exampledb.ServersFor([]string{database}, nil, dbservers.Postgres)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// url is what a developer writes, without an sslmode.
func url(addr string) string {
	return fmt.Sprintf("postgres://%s:%s@%s/%s", dbservers.User, dbservers.Password, addr, dbservers.Database)
}

func environment(url, caFile, serverName string) func(string) string {
	settings := map[string]string{
		"DATABASE_URL": url, "DATABASE_CA": caFile, "DATABASE_SERVER_NAME": serverName, "UNVERIFIED_DATABASE": "yes",
	}
	return func(name string) string { return settings[name] }
}

func TestPlain(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		plain := dbservers.Start(t, shared.Installation, dbservers.Options{})
		var out strings.Builder
		if err := start(t.Context(), environment(url(plain.Addr), "", ""), &out); err != nil {
			t.Fatalf("start = %v, want nil", err)
		}
		const want = "the database is not verified: it is no RDS endpoint\nconnected; the server sees TLS: false\n"
		if got := out.String(); got != want {
			t.Errorf("start printed %q, want %q", got, want)
		}
		// Nothing goes unverified where nobody asked for that.
		if err := run(t.Context(), url(plain.Addr), nil, false, io.Discard); !errors.Is(err, rdstls.ErrNotEndpoint) {
			t.Errorf("run = %v, want %v", err, rdstls.ErrNotEndpoint)
		}
		// Whoever names the endpoint at the end of a tunnel is not sent anywhere else.
		err := start(t.Context(), environment(url(plain.Addr), "", exampledb.Endpoint), &out)
		if d, _ := rdstls.Diagnose(err); d.Reason != rdstls.ReasonNoTLS {
			t.Errorf("start with a server name = %v, want no-tls", err)
		}
	})
}

// Whatever a string asks for, if an RDS endpoint is in it, pgx alone does not get it.
func TestEndpointIsNeverPlain(t *testing.T) {
	const other = "billing.cluster-c9akciq32.eu-west-1.rds.amazonaws.com"
	for _, tt := range []struct {
		connString string
		refused    bool
	}{
		{"postgres://app@" + exampledb.Endpoint + "/app", false},
		{"postgres://app@" + strings.ToUpper(exampledb.Endpoint) + ".:6432/app?sslmode=prefer", false},
		{"postgres://app@" + exampledb.Endpoint + "," + other + "/app?sslmode=allow", false},
		{"host=" + exampledb.Endpoint + " sslmode=require", false},
		{"postgres://app@localhost/app?host=" + exampledb.Endpoint, false},
		{"postgres://app@" + exampledb.Endpoint + "/app?sslmode=disable", true},
		{"postgres://app@localhost," + exampledb.Endpoint + "/app", true},
		{"postgres://app@" + exampledb.Endpoint + ",127.0.0.1/app", true},
		{"host=" + exampledb.Endpoint + ",/var/run/postgresql", true},
	} {
		wantVerified(t, tt.connString, tt.refused)
	}
	// pgx takes what a string leaves out from the environment.
	t.Setenv("PGHOST", exampledb.Endpoint)
	wantVerified(t, "postgres:///app", false)
	t.Setenv("PGSSLMODE", "disable")
	wantVerified(t, "postgres:///app", true)
}

// wantVerified fails the test unless open refuses the string, or returns a pool
// whose connections are all verified.
func wantVerified(t *testing.T, connString string, refused bool) {
	t.Helper()
	var out strings.Builder
	pool, err := open(t.Context(), connString, nil, true, &out)
	if (err != nil) != refused || errors.Is(err, rdstls.ErrNotEndpoint) || out.String() != "" {
		t.Errorf("open(%q) = %v, printing %q; want it refused: %t", connString, err, out.String(), refused)
	}
	if err != nil {
		return
	}
	defer pool.Close()
	if err := rdspgx.Check(pool.Config().ConnConfig); err != nil {
		t.Errorf("open(%q) made a pool that may not verify: %v", connString, err)
	}
}

func caFile(t *testing.T, pem []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOwnCA(t *testing.T) {
	t.Parallel()
	ca := caFile(t, exampledb.Authority().PEM())
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		var out strings.Builder
		if err := start(t.Context(), environment(url(s.Addr), ca, database), &out); err != nil {
			t.Fatalf("start = %v, want nil", err)
		}
		if got, want := out.String(), "connected; the server sees TLS: true\n"; got != want {
			t.Errorf("start printed %q, want %q", got, want)
		}
		out.Reset()
		err := start(t.Context(), environment(url(s.Addr), ca, ""), &out)
		if d, _ := rdstls.Diagnose(err); d.Reason != rdstls.ReasonName || out.String() != "" {
			t.Errorf("start without the name = %v, printing %q; want it refused for the name", err, out.String())
		}
	})
}

func TestOwnCAImpostor(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	ca := caFile(t, exampledb.Authority().PEM())
	var out strings.Builder
	err := start(t.Context(), environment(url(impostor.Addr()), ca, exampledb.Endpoint), &out)
	if err == nil || out.String() != "" {
		t.Errorf("start with an impostor = %v, printing %q; want an error alone", err, out.String())
	}
	impostor.WantNothing(t)
}

func TestOptionsRefuse(t *testing.T) {
	t.Parallel()
	for name, file := range map[string]string{
		"absent":   filepath.Join(t.TempDir(), "absent.pem"),
		"empty":    caFile(t, nil),
		"no roots": caFile(t, []byte("not a certificate")),
	} {
		if opts, err := options(file, ""); err == nil {
			t.Errorf("options of a file that is %s = %+v, want an error", name, opts)
		}
	}
}
