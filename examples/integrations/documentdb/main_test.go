package main

import (
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

const password = "canary-password"

var protocol = exampledb.Protocol{Protocol: fakedb.Protocol{Serve: serve}}

// uri has a login in cleartext, so that a server that is trusted receives the password.
func uri(addr, settings string) string {
	return "mongodb://app:" + password + "@" + addr + "/?directConnection=true&authMechanism=PLAIN" + settings
}

// Settings of URIs that must not weaken anything.
var settings = []string{"", "&tls=true", "&tls=true&tlsInsecure=true", "&tls=false"}

// short bounds the driver, which tries again and again.
func short(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	t.Cleanup(cancel)
	return ctx
}

func TestRun(t *testing.T) {
	t.Parallel()
	// An IP address is in no certificate of RDS's, so without ServerName the
	// shared configuration refuses even this server.
	nameless := &rdstls.Options{Roots: exampledb.Authority().Pool()}
	for _, more := range settings {
		server := protocol.Start(t, exampledb.Endpoint)
		var out strings.Builder
		if err := run(t.Context(), uri(server.Addr(), more), exampledb.Trust(), &out); err != nil {
			t.Errorf("%q: run = %v, want nil", more, err)
		}
		if got, want := out.String(), "connected and verified\n"; got != want {
			t.Errorf("%q: run printed %q, want %q", more, got, want)
		}
		if !server.ReceivedInTLS([]byte(password)) {
			t.Errorf("%q: the server received no login inside TLS", more)
		}
		if err := run(short(t), uri(server.Addr(), more), nameless, &out); err == nil {
			t.Errorf("%q: run without the name succeeded", more)
		}
	}
}

func TestRunRefuses(t *testing.T) {
	t.Parallel()
	for _, more := range settings {
		t.Run(more, func(t *testing.T) {
			t.Parallel()
			impostor := protocol.StartImpostor(t, password, "admin.$cmd") // the last is in a hello without TLS
			for name, opts := range map[string]*rdstls.Options{
				"one":    exampledb.Trust(),
				"shared": {Roots: exampledb.Authority().Pool()},
				"nil":    nil,
			} {
				var out strings.Builder
				err := run(short(t), uri(impostor.Addr(), more), opts, &out)
				if err == nil || out.String() != "" {
					t.Errorf("%s: run = %v, printing %q; want an error alone", name, err, out.String())
				}
			}
			impostor.WantNothing(t)
		})
	}
}

// The driver alone tells an impostor everything, and the fake notices.
func TestStockDriver(t *testing.T) {
	t.Parallel()
	impostor := protocol.StartImpostor(t)
	client, err := mongo.Connect(options.Client().ApplyURI(uri(impostor.Addr(), "&tls=true&tlsInsecure=true")))
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Ping(t.Context(), nil); err != nil {
		t.Errorf("Ping = %v, want nil", err)
	}
	if err := client.Disconnect(t.Context()); err != nil {
		t.Error(err)
	}
	if !impostor.ReceivedInTLS([]byte(password)) {
		t.Error("the fake does not notice a login")
	}
}

// Without a ServerName, each server is verified by the name that the driver dials,
// as those of a replica set are.
func TestSharedNames(t *testing.T) {
	t.Parallel()
	opts := &rdstls.Options{Roots: exampledb.Authority().Pool()}
	for name, want := range map[string]bool{"localhost": true, exampledb.Endpoint: false} {
		server := protocol.Start(t, name)
		_, port, err := net.SplitHostPort(server.Addr())
		if err != nil {
			t.Fatal(err)
		}
		ctx := t.Context()
		if !want {
			ctx = short(t)
		}
		if err := run(ctx, uri("localhost:"+port, ""), opts, io.Discard); (err == nil) != want {
			t.Errorf("certificate of %s: run = %v, want success: %v", name, err, want)
		}
	}
}

func TestConnectHidesPassword(t *testing.T) {
	t.Parallel()
	_, err := connect("mongodb://app:s3cret%zz@localhost", nil)
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("connect = %v, want an error without the password", err)
	}
}

// What a malformed string has in the place of a host can be a part of the password.
func TestHostIsNotQuoted(t *testing.T) {
	t.Parallel()
	if _, err := connect("mongodb://app:p@SECRET/x@localhost", nil); err == nil || strings.Contains(err.Error(), "SECRET") {
		t.Errorf("connect = %v, want an error that quotes nothing", err)
	}
}
