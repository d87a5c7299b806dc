package main

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

var servers = exampledb.Servers(dbservers.Postgres)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// connString is for the server at addr, which is verified as host.
func connString(t *testing.T, host, addr, settings string) string {
	t.Helper()
	ip, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("host=%s hostaddr=%s port=%s user=%s password=%s dbname=%s %s",
		host, ip, port, dbservers.User, dbservers.Password, dbservers.Database, settings)
}

func trust() *rdstls.Options { return &rdstls.Options{Roots: exampledb.Authority().Pool()} }

// Settings of connection strings that must not weaken anything.
var settings = []string{
	"", "sslmode=require", "sslmode=prefer", "sslmode=allow", "sslmode=disable", "sslmode=require sslsni=0",
	"sslmode=require ssl_min_protocol_version=TLSv1.0 ssl_max_protocol_version=TLSv1.1",
	"sslmode=verify-ca sslrootcert=/does/not/exist", "sslmode=verify-full sslrootcert=system",
}

func TestRun(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for _, more := range settings {
			var out strings.Builder
			if err := run(t.Context(), connString(t, exampledb.Endpoint, s.Addr, more), trust(), &out); err != nil {
				t.Errorf("%q: run = %v, want nil", more, err)
			}
			if got, want := out.String(), "connected and verified; select 1 returned 1\n"; got != want {
				t.Errorf("%q: run printed %q, want %q", more, got, want)
			}
		}
		other := "billing.c9akciq32.eu-west-1.rds.amazonaws.com"
		if err := run(t.Context(), connString(t, other, s.Addr, ""), trust(), &strings.Builder{}); err == nil {
			t.Error("run accepted the certificate of another endpoint")
		}
	})
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	for _, more := range settings {
		var out strings.Builder
		err := run(t.Context(), connString(t, exampledb.Endpoint, impostor.Addr(), more), trust(), &out)
		if err == nil || out.String() != "" {
			t.Errorf("%q: run = %v, printing %q; want an error alone", more, err, out.String())
		}
		if _, ok := rdstls.Diagnose(err); !ok {
			t.Errorf("%q: Diagnose does not know %v", more, err)
		}
	}
	impostor.WantNothing(t)
}

// A database that is opened later with other roots, as a local one is, changes
// nothing for those that are open.
func TestOpenTwice(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	db, err := open(connString(t, exampledb.Endpoint, impostor.Addr(), ""), trust())
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	believed := &rdstls.Options{Roots: exampledb.Authority().Impostor().Pool()}
	later, err := open(connString(t, exampledb.Endpoint, impostor.Addr(), ""), believed)
	if err != nil {
		t.Fatal(err)
	}
	defer later.Close()
	if err := db.PingContext(t.Context()); err == nil {
		t.Error("Ping of an impostor = nil, want an error")
	}
	impostor.WantNothing(t)
}

// What a malformed string has in the place of a host can be a part of the password.
func TestHostsAreNotQuoted(t *testing.T) {
	t.Parallel()
	for _, connString := range []string{
		"host= password=SECRET user=app", "postgres://app:p@SECRET/x@localhost/shop",
		"host=" + exampledb.Endpoint + ",SECRET", "host=localhost",
	} {
		db, err := open(connString, nil)
		if err == nil {
			db.Close()
		}
		if err == nil || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("open(%q) = %v, want an error that quotes nothing", connString, err)
		}
	}
}

// TestRunRefusesOldTLS checks that a genuine server that only speaks TLS 1.1 receives
// nothing either.
func TestRunRefusesOldTLS(t *testing.T) {
	t.Parallel()
	server := fakedb.Started(t)(fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: &tls.Config{
		Certificates: []tls.Certificate{exampledb.Authority().Instance(exampledb.Endpoint)},
		MinVersion:   tls.VersionTLS10, MaxVersion: tls.VersionTLS11,
	}}))
	more := "sslmode=require ssl_min_protocol_version=TLSv1.0"
	if err := run(t.Context(), connString(t, exampledb.Endpoint, server.Addr(), more), trust(), io.Discard); err == nil {
		t.Error("run succeeded")
	}
	server.WantNothing(t, dbservers.User)
}

func TestOpenHidesPassword(t *testing.T) {
	t.Parallel()
	_, err := open("postgres://app:s3cret%zz@localhost/shop", nil)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("open = %v, want an error without the password", err)
	}
}
