package adapter_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"testing"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

const endpoint = "orders.c9akciq32.eu-west-1.rds.amazonaws.com"

// TestVerifiedMarkStaysOut checks that the mark of a verified connection is not
// written behind the certificates of the caller: crypto/tls keeps them in sessions,
// and a resumed one would count as verified.
func TestVerifiedMarkStaysOut(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	server, err := adapter.ForServer(endpoint, &rdstls.Options{Roots: ca.Pool()}, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	leaf := ca.Instance(endpoint).Leaf
	certificates := append(make([]*x509.Certificate, 0, 8), leaf)
	state := tls.ConnectionState{ServerName: endpoint, PeerCertificates: certificates, VerifiedChains: [][]*x509.Certificate{{leaf, ca.Root()}}}
	if err := server.TLS.VerifyConnection(state); err != nil {
		t.Fatal(err)
	}
	if certificates[:2][1] != nil {
		t.Error("the mark is behind the caller's certificates")
	}
	state.VerifiedChains = nil
	if err := server.TLS.VerifyConnection(state); !errors.Is(err, rdstls.ErrUnverified) {
		t.Errorf("VerifyConnection = %v without a chain, want ErrUnverified", err)
	}
}

// TestProfileKeepsBase checks that Profile leaves the caller's Base as it is.
func TestProfileKeepsBase(t *testing.T) {
	t.Parallel()
	base := &tls.Config{VerifyConnection: func(tls.ConnectionState) error { return nil }}
	if _, err := adapter.Profile(&rdstls.Options{Base: base}, rdstls.SharedConfig); err != nil || base.VerifyConnection == nil {
		t.Errorf("Profile = %v, and Base.VerifyConnection is nil: %v", err, base.VerifyConnection == nil)
	}
}
