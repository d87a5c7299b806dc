package main

import (
	"crypto/tls"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// A proxy's endpoints: the default one and a further one.
const (
	endpoint = "orders.proxy-c9akciq32.eu-west-1.rds.amazonaws.com"
	further  = "reports.endpoint.proxy-c9akciq32.eu-west-1.rds.amazonaws.com"
)

var amazon = testcerts.NewAmazonTrust()

var servers = dbservers.NewSet(func(dbservers.Installation) dbservers.Options {
	return options(amazon.Proxy(endpoint))
}, dbservers.Postgres)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

func options(cert tls.Certificate) dbservers.Options {
	chain, key := testcerts.PEMFiles(cert)
	return dbservers.Options{Chain: chain, Key: key}
}

func trust(name string) *rdstls.Options {
	return &rdstls.Options{ServerName: name, Roots: amazon.Pool()}
}

// wantVerified fails the test unless the server at addr is verified as name.
func wantVerified(t *testing.T, addr, name string) {
	t.Helper()
	var out strings.Builder
	err := run(t.Context(), exampledb.PostgresURL(addr), trust(name), &out)
	if want := "verified as " + name + ", by Amazon Root CA 1\n"; err != nil || out.String() != want {
		t.Errorf("run = %v, printing %q; want nil, %q", err, out.String(), want)
	}
}

func TestDefaultEndpoint(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		wantVerified(t, s.Addr, endpoint)
	})
}

// Where the wildcard does not cover a further endpoint, Diagnose says which name
// does, and nothing is believed meanwhile.
func TestFurtherEndpoint(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		err := run(t.Context(), exampledb.PostgresURL(s.Addr), trust(further), io.Discard)
		d, _ := rdstls.Diagnose(err)
		if d.Reason != rdstls.ReasonName || !strings.Contains(d.Advice, ".proxy-c9akciq32.eu-west-1.rds.amazonaws.com") {
			t.Errorf("Diagnose(%v) = %+v, want %q and the default endpoint", err, d, rdstls.ReasonName)
		}
		covering := dbservers.Start(t, s.Installation, options(amazon.Leaf(nil, "*.proxy-c9akciq32.eu-west-1.rds.amazonaws.com", further)))
		wantVerified(t, covering.Addr, further)
	})
}

func TestImpostor(t *testing.T) {
	t.Parallel()
	for name, cert := range map[string]tls.Certificate{
		"forged":                 amazon.Impostor().Proxy(endpoint),
		"of another AWS service": amazon.Leaf(nil, "evil.execute-api.eu-west-1.amazonaws.com"),
		"of another account":     amazon.Proxy("orders.proxy-evil.eu-west-1.rds.amazonaws.com"),
	} {
		impostor := exampledb.PostgresImpostorWith(t, cert)
		if err := run(t.Context(), exampledb.PostgresURL(impostor.Addr()), trust(endpoint), io.Discard); err == nil {
			t.Errorf("%s: run = nil, want an error", name)
		}
		impostor.WantNothing(t)
	}
}
