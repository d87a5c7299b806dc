package rdstls_test

import (
	"crypto/fips140"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// TestOldVersionRefusedLater checks that a MinVersion that is lowered after the
// configuration was made admits no connection over TLS 1.0 or 1.1.
func TestOldVersionRefusedLater(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.RSA2048)
	shared := sharedConfig(t, &rdstls.Options{Roots: ca.Pool()})
	shared.ServerName = instance
	for name, cfg := range map[string]*tls.Config{
		"client": mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool()}),
		"shared": shared,
	} {
		for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
			weakened := cfg.Clone()
			weakened.MinVersion = version
			server := serverWith(ca.Instance(instance))
			server.MinVersion, server.MaxVersion = version, version
			s := connect(t, weakened, server)
			wantRefused(t, s)
			if fips140.Enabled() {
				continue // the FIPS 140 mode of Go has no such TLS
			}
			if !errors.Is(s.clientErr, rdstls.ErrUnverified) {
				t.Errorf("%s, %s: error %v, want one that matches ErrUnverified", name, tls.VersionName(version), s.clientErr)
			}
			// The control: without VerifyConnection the connection is made.
			weakened.VerifyConnection = nil
			wantConnected(t, connect(t, weakened, server))
		}
	}
}

// TestZeroTime checks that a clock that returns the zero time means now, as it does
// to crypto/tls.
func TestZeroTime(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.RSA2048)
	base := &tls.Config{Time: func() time.Time { return time.Time{} }}
	cfg := mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool(), Base: base})
	wantConnected(t, connect(t, cfg, serverWith(ca.Instance(instance))))
}

// TestBaseCertificatesCopied checks that changing the certificates of Options.Base
// later changes no configuration that was made of it.
func TestBaseCertificatesCopied(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.RSA2048)
	certificate := ca.Instance("client")
	want := certificate.Certificate[0]
	base := &tls.Config{Certificates: []tls.Certificate{certificate}}
	cfg := mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool(), Base: base})
	base.Certificates[0].Certificate[0] = []byte("changed")
	base.Certificates[0] = tls.Certificate{}
	if got := cfg.Certificates[0].Certificate[0]; string(got) != string(want) {
		t.Error("the configuration has the changed certificate")
	}
}

// TestBaseListsCopied checks the same for the lists of Options.Base.
func TestBaseListsCopied(t *testing.T) {
	t.Parallel()
	base := &tls.Config{
		CipherSuites:     []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
		CurvePreferences: []tls.CurveID{tls.CurveP256},
		NextProtos:       []string{"postgresql"},
	}
	cfg := mustConfig(t, instance, &rdstls.Options{Base: base})
	base.CipherSuites[0], base.CurvePreferences[0], base.NextProtos[0] = 0, 0, "changed"
	if cfg.CipherSuites[0] == 0 || cfg.CurvePreferences[0] == 0 || cfg.NextProtos[0] == "changed" {
		t.Errorf("the configuration changed with Base: %v, %v, %q", cfg.CipherSuites, cfg.CurvePreferences, cfg.NextProtos)
	}
}

// stateOf returns the state of a connection to a server that crypto/tls accepted.
func stateOf(t *testing.T, cert tls.Certificate) tls.ConnectionState {
	t.Helper()
	var chain []*x509.Certificate
	for _, der := range cert.Certificate {
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		chain = append(chain, parsed)
	}
	return tls.ConnectionState{ServerName: instance, PeerCertificates: chain, VerifiedChains: [][]*x509.Certificate{chain}}
}

// TestWholeChainMustBeValidNow checks that VerifyConnection compares the dates of
// every certificate of a chain with the clock: a resumed session has the chain of an
// earlier handshake.
func TestWholeChainMustBeValidNow(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	cfg := mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool()})
	if err := cfg.VerifyConnection(stateOf(t, ca.Instance(instance))); err != nil {
		t.Fatal(err)
	}
	for _, bad := range testcerts.Bad(ca, instance) {
		if !slices.Contains([]string{"expired", "not-yet-valid", "expired-intermediate"}, bad.Name) {
			continue
		}
		if err := cfg.VerifyConnection(stateOf(t, bad.Cert)); !errors.Is(err, rdstls.ErrUnverified) {
			t.Errorf("%s: %v, want ErrUnverified", bad.Name, err)
		}
	}
}

// TestChainOfOtherName checks that a configuration for any name compares the name of
// the connection with the certificate again, and that the error is one line.
func TestChainOfOtherName(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	shared := sharedConfig(t, &rdstls.Options{Roots: ca.Pool()})
	state := stateOf(t, ca.Instance(other))
	for name, cfg := range map[string]*tls.Config{"client": mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool()}), "shared": shared} {
		state.PeerCertificates[0].DNSNames = []string{"a\n2026-11-26 all is well"}
		if err := cfg.VerifyConnection(state); !errors.Is(err, rdstls.ErrUnverified) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v, want ErrUnverified in one line", name, err)
		}
	}
}
