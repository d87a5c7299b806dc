package rdstls_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"github.com/rdstls/go/rdstls"
)

func TestCheck(t *testing.T) {
	t.Parallel()
	roots := x509.NewCertPool()
	shared := sharedConfig(t, nil)
	for name, cfg := range map[string]*tls.Config{
		"ours":         mustConfig(t, instance, nil),
		"shared":       shared,
		"by-hand":      {RootCAs: roots, ServerName: instance},
		"no-name":      {RootCAs: roots},
		"own-versions": {RootCAs: roots, MinVersion: tls.VersionTLS12, MaxVersion: tls.VersionTLS12},
	} {
		if err := rdstls.Check(cfg); err != nil {
			t.Errorf("%s: Check = %v, want nil", name, err)
		}
	}
	for setting, cfg := range map[string]*tls.Config{
		"tls.Config":         nil,
		"InsecureSkipVerify": {RootCAs: roots, InsecureSkipVerify: true},
		"RootCAs":            {ServerName: instance},
		"MinVersion":         {RootCAs: roots, MinVersion: tls.VersionTLS11},
		"MaxVersion":         {RootCAs: roots, MaxVersion: tls.VersionTLS11},
	} {
		wantConfigError(t, rdstls.Check(cfg), setting, rdstls.ErrUnverified)
	}
}
