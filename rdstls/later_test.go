package rdstls_test

import (
	"crypto/fips140"
	"crypto/tls"
	"errors"
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
