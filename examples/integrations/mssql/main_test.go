package main

import (
	"crypto/tls"
	"database/sql"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/fakedb"
)

const user = "canary-user"

// sqlServer is a SQL Server that goes up to TLS 1.2, as those do that wrap the
// handshake in packets.
func sqlServer(encryption byte) exampledb.Protocol {
	return exampledb.Protocol{
		Protocol: fakedb.Protocol{Upgrade: prelogin(encryption), Serve: serve}, MaxVersion: tls.VersionTLS12,
	}
}

func dsn(addr, settings string) string {
	return "sqlserver://" + user + ":canary-password@" + addr + "?database=shop" + settings
}

// Settings of connection strings that must not weaken anything.
var settings = []string{
	"", "&encrypt=false", "&encrypt=disable", "&encrypt=true&trustServerCertificate=true", "&encrypt=strict",
	"&encrypt=true&trustServerCertificate=true&hostNameInCertificate=other&tlsmin=1.0",
}

func TestRun(t *testing.T) {
	t.Parallel()
	for _, more := range settings {
		server := sqlServer(encryptOn).Start(t, exampledb.Endpoint)
		var out strings.Builder
		if err := run(t.Context(), dsn(server.Addr(), more), exampledb.Trust(), &out); err != nil {
			t.Errorf("%q: run = %v, want nil", more, err)
		}
		if got, want := out.String(), "connected and verified\n"; got != want {
			t.Errorf("%q: run printed %q, want %q", more, got, want)
		}
		if !server.ReceivedInTLS(utf16le(user)) {
			t.Errorf("%q: the server received no login inside TLS", more)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for name, encryption := range map[string]byte{"impostor": encryptOn, "impostor without TLS": encryptNotSupported, "TLS for the login": 0} {
		for _, more := range settings {
			impostor := sqlServer(encryption).StartImpostor(t, string(utf16le(user)), user)
			var out strings.Builder
			err := run(t.Context(), dsn(impostor.Addr(), more), exampledb.Trust(), &out)
			if err == nil || out.String() != "" {
				t.Errorf("%s: %q: run = %v, printing %q; want an error alone", name, more, err, out.String())
			}
			impostor.WantNothing(t)
		}
	}
}

// The driver alone tells an impostor everything, and the fake notices.
func TestStockDriver(t *testing.T) {
	t.Parallel()
	impostor := sqlServer(encryptOn).StartImpostor(t)
	db, err := sql.Open("sqlserver", dsn(impostor.Addr(), "&encrypt=true&trustServerCertificate=true"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.PingContext(t.Context()); err != nil {
		t.Errorf("Ping = %v, want nil", err)
	}
	if !impostor.ReceivedInTLS(utf16le(user)) {
		t.Error("the fake does not notice a login")
	}
}

func TestOpenHidesPassword(t *testing.T) {
	t.Parallel()
	_, err := open("sqlserver://app:s3cret%zz@localhost", nil)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("open = %v, want an error without the password", err)
	}
}

// What a malformed string has in the place of a host can be a part of the password.
func TestHostIsNotQuoted(t *testing.T) {
	t.Parallel()
	if _, err := open("sqlserver://app:p@SECRET/x@localhost", nil); err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("open = %v, want an error that quotes nothing", err)
	}
}
