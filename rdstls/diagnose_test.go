package rdstls_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// The expected endpoints of these tests, besides those of handshake_test.go.
const (
	custom        = "reports.cluster-custom-c9akciq32.eu-west-1.rds.amazonaws.com"
	proxyEndpoint = "readers.endpoint.proxy-c9akciq32.eu-west-1.rds.amazonaws.com"
	globalWriter  = "shop.global-c9akciq32.global.rds.amazonaws.com"
	shardGroup    = "s.shardgrp-c9akciq32.eu-west-1.rds.amazonaws.com"
	newRegion     = "orders.c9akciq32.eu-south-9.rds.amazonaws.com"
	elsewhere     = "orders.c9akciq32.us-east-1.rds.amazonaws.com"
)

// wantDiagnosis fails the test unless err, however it is wrapped, is diagnosed
// with the reason and an advice that holds the facts.
func wantDiagnosis(t *testing.T, err error, want rdstls.Reason, facts ...string) {
	t.Helper()
	var first rdstls.Diagnosis
	for i, wrapped := range []error{
		err,
		fmt.Errorf("ping: %w", err),
		errors.Join(errors.New("first attempt"), err),
		fmt.Errorf("%w, and %w", context.Canceled, errors.Join(io.EOF, fmt.Errorf("pool: %w", err))),
	} {
		d, ok := rdstls.Diagnose(wrapped)
		if !ok || d.Reason != want {
			t.Errorf("Diagnose(%v) = %q, %v, want %q", wrapped, d.Reason, ok, want)
			return
		}
		if i == 0 {
			first = d
		}
		if d != first {
			t.Errorf("Diagnose(%v) = %q, want %q", wrapped, d.Advice, first.Advice)
		}
	}
	for _, fact := range facts {
		if !strings.Contains(first.Advice, fact) {
			t.Errorf("Diagnose(%v) = %q, want %q in it", err, first.Advice, fact)
		}
	}
	for _, problem := range advicetest.Problems(err, first) {
		t.Errorf("Diagnose(%v) = %q: %s", err, first.Advice, problem)
	}
	if n := advicetest.Sentences(first.Advice); n > 4 {
		t.Errorf("Diagnose(%v) = %q: %d sentences, want four at most", err, first.Advice, n)
	}
}

func wantNone(t *testing.T, err error) {
	t.Helper()
	if d, ok := rdstls.Diagnose(err); ok || d != (rdstls.Diagnosis{}) {
		t.Errorf("Diagnose(%v) = %+v, %v, want nothing", err, d, ok)
	}
}

// The reasons that a handshake with a certificate can produce.
func TestDiagnoseHandshake(t *testing.T) {
	t.Parallel()
	ca, acm := testcerts.New("eu-west-1", testcerts.RSA2048), testcerts.NewAmazonTrust()
	aurora := ca.AuroraInstance(instance, cluster, reader)
	at := func(year int) *tls.Config {
		return &tls.Config{Time: func() time.Time { return time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC) }}
	}
	old, future := &tls.Config{MaxVersion: tls.VersionTLS12}, &tls.Config{MinVersion: tls.VersionTLS13}
	for _, tt := range []struct {
		name, host string
		cert       tls.Certificate
		roots      *x509.CertPool
		base       *tls.Config
		want       rdstls.Reason
		facts      []string
	}{
		{"instance", instance, ca.Instance(elsewhere), ca.Pool(), nil, rdstls.ReasonName, []string{`"` + instance + `"`, `"` + elsewhere + `"`, "unverified", "DNS"}},
		{"alias", "orders.internal", ca.Instance(instance), ca.Pool(), nil, rdstls.ReasonName, []string{`"orders.internal"`, "alias", "Options.ServerName", "console"}},
		{"address", "127.0.0.1", ca.Instance(instance), ca.Pool(), nil, rdstls.ReasonName, []string{`"127.0.0.1"`, "Options.ServerName"}},
		{"custom", custom, aurora, ca.Pool(), nil, rdstls.ReasonName, []string{"restart", `"<cluster>.cluster-c9akciq32.eu-west-1.rds.amazonaws.com"`}},
		{"reader", reader, ca.Instance(instance), ca.Pool(), nil, rdstls.ReasonName, []string{"restart", `"` + cluster + `"`}},
		{"further-proxy-endpoint", proxyEndpoint, acm.Proxy(proxy), acm.Pool(), nil, rdstls.ReasonName, []string{`"*.proxy-c9akciq32`, `"<proxy>.proxy-c9akciq32.eu-west-1.rds.amazonaws.com"`}},
		{"global-writer", globalWriter, aurora, ca.Pool(), nil, rdstls.ReasonName, []string{"cluster endpoint", "Options.ServerName"}},
		{"unknown-region", instance, testcerts.New("eu-south-9", testcerts.ECC384).Instance(instance), nil, nil, rdstls.ReasonUnknownRoot, []string{"eu-south-9", "unverified", "e5bb2084ccf4", "2025-05-20", "bundle.ParsePool"}},
		{"cloned-root", instance, ca.Instance(instance), nil, nil, rdstls.ReasonNotRDS, []string{`"Amazon RDS eu-west-1 Subordinate CA RSA2048 G1.A.1"`, "unverified", "e5bb2084ccf4", "2025-05-20"}},
		{"public-looking", proxy, acm.Proxy(proxy), nil, nil, rdstls.ReasonNotRDS, []string{`"Amazon RSA 2048 M01"`, "unverified"}},
		{"expired", instance, ca.Instance(instance), ca.Pool(), at(2101), rdstls.ReasonExpired, []string{"2100-01-01 00:00 UTC", "unverified", "No RDS CA"}},
		{"not-yet-valid", instance, ca.Instance(instance), ca.Pool(), at(1999), rdstls.ReasonNotYetValid, []string{"2000-01-01 00:00 UTC", "unverified", "No RDS CA"}},
		{"tls-version", instance, ca.Instance(instance), ca.Pool(), future, rdstls.ReasonTLSVersion, []string{"1.2", "Options.Base"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := serverWith(tt.cert)
			if tt.base == future {
				server.MaxVersion = old.MaxVersion
			}
			s := connect(t, mustConfig(t, tt.host, &rdstls.Options{Roots: tt.roots, Base: tt.base}), server)
			wantDiagnosis(t, s.clientErr, tt.want, tt.facts...)
			wantDiagnosis(t, &rdstls.AttemptError{ServerName: tt.host, Err: s.clientErr}, tt.want, tt.facts...)
		})
	}
}

// Every certificate that is refused has a reason.
func TestDiagnoseBadCertificates(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.RSA2048)
	wants := map[string]rdstls.Reason{
		"expired": rdstls.ReasonExpired, "expired-intermediate": rdstls.ReasonExpired, "not-yet-valid": rdstls.ReasonNotYetValid,
		"other-host": rdstls.ReasonName, "common-name-only": rdstls.ReasonName, "wildcard-too-high": rdstls.ReasonName,
		"partial-wildcard": rdstls.ReasonName, "nul-in-name": rdstls.ReasonName, "trailing-dot": rdstls.ReasonName, "blanks": rdstls.ReasonName,
		"suffix": rdstls.ReasonName, "ip-address-only": rdstls.ReasonName, "email-only": rdstls.ReasonName,
	}
	for _, bad := range testcerts.Bad(ca, instance) {
		t.Run(bad.Name, func(t *testing.T) {
			t.Parallel()
			want, ok := wants[bad.Name]
			if !ok {
				want = rdstls.ReasonNotRDS
			}
			for _, v := range versions {
				opts := &rdstls.Options{Roots: ca.Pool(), Base: &tls.Config{MaxVersion: v}}
				err := connect(t, mustConfig(t, instance, opts), serverWith(bad.Cert)).clientErr
				wantDiagnosis(t, err, want)
				wantDiagnosis(t, &rdstls.AttemptError{ServerName: instance, Err: err}, want)
			}
		})
	}
}

// What crypto/tls lets pass and this module does not.
func TestDiagnoseOwnRefusals(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	skipping, renamed, shared := mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool()}), mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool()}), sharedConfig(t, nil)
	skipping.InsecureSkipVerify = true
	renamed.ServerName = cluster
	shared.RootCAs, shared.ServerName = ca.Pool(), "orders.internal"
	for _, client := range []*tls.Config{skipping, renamed} {
		wantDiagnosis(t, connect(t, client, serverWith(ca.Instance(client.ServerName))).clientErr, rdstls.ReasonConfig, "Options.Base")
	}
	wantDiagnosis(t, connect(t, shared, serverWith(ca.Instance("orders.internal"))).clientErr, rdstls.ReasonConfig, "Options.ServerName")
	shared.ServerName = newRegion
	wantDiagnosis(t, connect(t, shared, serverWith(ca.Instance(newRegion))).clientErr, rdstls.ReasonConfig, "upgrade")
	for _, tt := range []struct {
		host  string
		opts  *rdstls.Options
		facts []string
	}{
		{"localhost", nil, []string{`"host"`, "Options.ServerName"}},
		{instance + ":5432", nil, []string{`"host"`}},
		{newRegion, nil, []string{"upgrade", "bundle.ParsePool"}},
		{"orders.c9akciq32.rds.cn-north-1.amazonaws.com.cn", nil, []string{"China", "bundle.ParsePool"}},
		{instance, &rdstls.Options{Base: &tls.Config{InsecureSkipVerify: true}}, []string{"the setting"}},
	} {
		_, err := rdstls.ClientConfig(tt.host, tt.opts)
		d, _ := rdstls.Diagnose(err)
		if tt.opts != nil { // the setting has the name of what must not be advised
			if d.Reason != rdstls.ReasonConfig {
				t.Errorf("Diagnose(%v) = %+v, want %q", err, d, rdstls.ReasonConfig)
			}
			continue
		}
		wantDiagnosis(t, err, rdstls.ReasonConfig, tt.facts...)
	}
	wantDiagnosis(t, &rdstls.ConfigError{Setting: "sslmode", Err: rdstls.ErrPlaintext}, rdstls.ReasonConfig, `"sslmode"`, "plaintext")
	wantDiagnosis(t, &rdstls.ConfigError{Setting: "Password", Err: errors.New("two endpoints")}, rdstls.ReasonConfig, `"Password"`)
}

// Errors of crypto/tls that take an attacker in between, or an odd server.
func TestDiagnoseTexts(t *testing.T) {
	t.Parallel()
	wantDiagnosis(t, errors.New("tls: downgrade attempt detected, possibly due to a MitM attack or a broken middlebox"), rdstls.ReasonTLSVersion, "intercepts")
	wantDiagnosis(t, &net.OpError{Op: "remote error", Err: tls.AlertError(71)}, rdstls.ReasonTLSVersion, "1.2")
	wantDiagnosis(t, &net.OpError{Op: "remote error", Err: tls.AlertError(120)}, rdstls.ReasonConfig, "sslnegotiation")
	wantDiagnosis(t, &net.OpError{Op: "remote error", Err: tls.AlertError(112)}, rdstls.ReasonName, "SNI", "Options.ServerName")
	wantDiagnosis(t, errors.New("pq: SSL is not enabled on the server"), rdstls.ReasonNoTLS, "port") // lib/pq
	wantDiagnosis(t, errors.New("server refused TLS connection"), rdstls.ReasonNoTLS, "port")        // pgx
}

// TestDiagnosePassword checks that an error of Options.Password, which comes from
// another server, is not explained as one of the database.
func TestDiagnosePassword(t *testing.T) {
	t.Parallel()
	for _, why := range []error{
		errors.New("no credentials"),
		&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}},
		&rdstls.ConfigError{Setting: "host", Err: rdstls.ErrNotEndpoint},
	} {
		_, err := adapter.NewPasswords(func(context.Context, string, string) (string, error) { return "", why }, nil).Get(t.Context(), instance+":5432", "app")
		wantDiagnosis(t, err, rdstls.ReasonPassword, "no password was sent")
		wantDiagnosis(t, &rdstls.AttemptError{ServerName: instance, Err: err}, rdstls.ReasonPassword)
		wantDiagnosis(t, errors.Join(err, unknown(advicetest.RegionRoot(t, "us-east-1"))), rdstls.ReasonRegion) // of another host of a list
	}
}

// The servers of other people's programs fail in the same ways. Where the error
// shows that it is another client's, it is not ours to explain.
func TestDiagnoseHTTPS(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(http.NotFoundHandler())
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // that the client hung up
	server.StartTLS()
	defer server.Close()
	_, err := (&http.Client{Transport: &http.Transport{}}).Get(server.URL)
	var refused *tls.CertificateVerificationError
	if !errors.As(err, &refused) {
		t.Fatalf("Get = %v, want %T", err, refused)
	}
	wantNone(t, err)
	wantNone(t, fmt.Errorf("token: %w", err))
	wantDiagnosis(t, refused, rdstls.ReasonNotRDS) // which is all that is left if a program unwraps it
}
