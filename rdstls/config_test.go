package rdstls_test

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

func certificateOf(t *testing.T, text string) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode([]byte(text))
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

func TestClientConfigRefusesNames(t *testing.T) {
	t.Parallel()
	roots := testcerts.New("eu-west-1", testcerts.ECC384).Pool()
	for _, host := range notEndpoints {
		_, err := rdstls.ClientConfig(host, nil)
		wantConfigError(t, err, "host", rdstls.ErrNotEndpoint)
	}
	_, err := rdstls.ClientConfig("db.internal", nil)
	wantConfigError(t, err, "host", rdstls.ErrNotEndpoint, `"db.internal"`, "Options.ServerName")
	// Whatever the roots, what no certificate can name is refused.
	for _, host := range []string{"", ".", "a b", "a\x00b", "a\nb", "a..b", "a%b", "fe80::1%eth0", "a:5432", "[::1]:5432", "[::1]", "a,b", "a/b", "a@b", strings.Repeat("a.", 127) + "a"} {
		_, err := rdstls.ClientConfig(host, &rdstls.Options{Roots: roots})
		wantConfigError(t, err, "host", nil)
		if errors.Is(err, rdstls.ErrNotEndpoint) {
			t.Errorf("ClientConfig(%q) with Roots = %v, which need not be an endpoint", host, err)
		}
	}
	for _, opts := range []*rdstls.Options{nil, {Roots: roots}} {
		_, err := rdstls.ClientConfig(instance+":5432", opts)
		wantConfigError(t, err, "host", nil, "port")
		if errors.Is(err, rdstls.ErrNotEndpoint) {
			t.Errorf("ClientConfig with a port = %v, which is an endpoint", err)
		}
	}
	for host, reason := range map[string]string{"": ": the name is empty", ".": ": the name is empty", "a..b": "label", "a b": "letters"} {
		_, err := rdstls.ClientConfig(host, &rdstls.Options{Roots: roots})
		wantConfigError(t, err, "host", nil, reason)
	}
	_, err = rdstls.ClientConfig(instance, &rdstls.Options{ServerName: instance + ":65536"})
	wantConfigError(t, err, "ServerName", nil, "the port is not a number")
	_, err = rdstls.ClientConfig(instance, &rdstls.Options{Roots: x509.NewCertPool()})
	wantConfigError(t, err, "host", nil, "empty")
}

func TestServerName(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	for _, name := range []string{instance, instance + ":5432", instance + ".:5432", instance + "."} {
		for _, host := range []string{"localhost", "127.0.0.1", "db.internal", ""} {
			cfg := mustConfig(t, host, &rdstls.Options{ServerName: name, Roots: ca.Pool()})
			if cfg.ServerName != instance {
				t.Errorf("ServerName %q: got %q, want %q", name, cfg.ServerName, instance)
			}
			wantConnected(t, connect(t, cfg, serverWith(ca.Instance(instance))))
			wantRefused(t, connect(t, cfg, serverWith(ca.Instance(other))))
		}
		if !mustConfig(t, "localhost", &rdstls.Options{ServerName: name}).RootCAs.Equal(rootsOf(true, only("eu-west-1"))) {
			t.Errorf("ServerName %q does not choose the roots", name)
		}
	}
	for name, sentinel := range map[string]error{
		"localhost":              rdstls.ErrNotEndpoint,
		"localhost:5432":         rdstls.ErrNotEndpoint,
		"::1":                    rdstls.ErrNotEndpoint,
		"[::1]:5432":             rdstls.ErrNotEndpoint,
		instance + ":0":          nil,
		instance + ":65536":      nil,
		instance + ":":           nil,
		instance + ":postgresql": nil,
		instance + ":5432:5432":  nil,
	} {
		_, err := rdstls.ClientConfig(instance, &rdstls.Options{ServerName: name})
		wantConfigError(t, err, "ServerName", sentinel)
		if sentinel == nil && errors.Is(err, rdstls.ErrNotEndpoint) {
			t.Errorf("ServerName %q: %v, which is an endpoint", name, err)
		}
	}
}

// ClientConfig ignores Password.
func TestClientConfigIgnoresPassword(t *testing.T) {
	t.Parallel()
	password := func(context.Context, string, string) (string, error) {
		t.Error("Password was called")
		return "", nil
	}
	mustConfig(t, instance, &rdstls.Options{Password: password})
}
