package rdstls_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

const other = "evil.zzzzzzzzz.eu-west-1.rds.amazonaws.com"

// A configuration that the program weakens after it was made goes on refusing the
// servers that it refused before.
func TestWeakenedLater(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.RSA2048)
	elsewhere := testcerts.New("us-east-1", testcerts.RSA2048)
	tests := []struct {
		name   string
		weaken func(cfg *tls.Config)
		cert   tls.Certificate // one that stock crypto/tls accepts after weaken
	}{
		{"skip-verify", func(cfg *tls.Config) { cfg.InsecureSkipVerify = true }, ca.Impostor().Instance(instance)},
		{"skip-verify-other-host", func(cfg *tls.Config) { cfg.InsecureSkipVerify = true }, ca.Instance(other)},
		{"skip-verify-no-name", func(cfg *tls.Config) { cfg.InsecureSkipVerify, cfg.ServerName = true, "" }, ca.Impostor().Instance(instance)},
		{"server-name", func(cfg *tls.Config) { cfg.ServerName = other }, ca.Instance(other)},
		{"roots", func(cfg *tls.Config) { cfg.RootCAs = elsewhere.Pool() }, elsewhere.Instance(instance)},
		{"roots-added", func(cfg *tls.Config) { cfg.RootCAs.AddCert(elsewhere.Root()) }, elsewhere.Instance(instance)},
		{"clock", func(cfg *tls.Config) {
			cfg.Time = func() time.Time { return time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC) }
		}, ca.Leaf(func(leaf *x509.Certificate) {
			leaf.NotBefore, leaf.NotAfter = time.Date(2000, 6, 1, 0, 0, 0, 0, time.UTC), time.Date(2001, 6, 1, 0, 0, 0, 0, time.UTC)
		}, instance)},
	}
	for _, tt := range tests {
		for version, v := range versions {
			for _, cloned := range []bool{false, true} {
				name := tt.name + "/" + version
				if cloned {
					name += "/clone"
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					cfg := mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool(), Base: &tls.Config{MaxVersion: v}})
					if cloned {
						cfg = cfg.Clone()
					}
					tt.weaken(cfg)
					s := connect(t, cfg, serverWith(tt.cert))
					wantRefused(t, s)
					if !errors.Is(s.clientErr, rdstls.ErrUnverified) {
						t.Errorf("error %v, want one that matches ErrUnverified", s.clientErr)
					}
					// The control: without VerifyConnection the weakened config connects.
					control := cfg.Clone()
					control.VerifyConnection = nil
					wantConnected(t, connect(t, control, serverWith(tt.cert)))
				})
			}
		}
	}
}

// resumes makes two connections, the second of which resumes the session of the
// first, and returns it. client is called for the configuration of each.
func resumes(t *testing.T, server *tls.Config, first, second *tls.Config) session {
	t.Helper()
	wantConnected(t, connect(t, first, server))
	return connect(t, second, server)
}

// The text of a refusal says which field was tampered with.
func TestWeakenedErrors(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	cfg := mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool()})
	leaf := ca.Instance(instance).Leaf
	for _, tt := range []struct {
		cs   tls.ConnectionState
		want string
	}{
		{tls.ConnectionState{}, "InsecureSkipVerify"},
		{tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}}, "InsecureSkipVerify"},
		{tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{leaf}}}, "InsecureSkipVerify"},
		{tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}, VerifiedChains: [][]*x509.Certificate{{}}}, "root"},
		{tls.ConnectionState{PeerCertificates: []*x509.Certificate{leaf}, VerifiedChains: [][]*x509.Certificate{{leaf, ca.Root()}}}, ""},
		{tls.ConnectionState{PeerCertificates: []*x509.Certificate{ca.Root()}, VerifiedChains: [][]*x509.Certificate{{ca.Root()}}}, "ServerName"},
	} {
		err := cfg.VerifyConnection(tt.cs)
		if tt.want == "" {
			if err != nil {
				t.Errorf("VerifyConnection = %v, want nil", err)
			}
			continue
		}
		if !errors.Is(err, rdstls.ErrUnverified) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("VerifyConnection = %v, want ErrUnverified and %q", err, tt.want)
		}
	}
}
