package bundle_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// notBefore is when the certificates of these tests begin to be valid.
var notBefore = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)

// A testCA is a certificate made in memory, with its key.
type testCA struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// newCA returns a self-signed CA.
func newCA(tb testing.TB, name string) testCA {
	return newCert(tb, name, testCA{}, nil)
}

// newCert returns a CA certificate as changed by edit, signed by parent, or by itself if
// parent is zero.
func newCert(tb testing.TB, name string, parent testCA, edit func(template *x509.Certificate)) testCA {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: name},
		NotBefore:             notBefore,
		NotAfter:              notBefore.AddDate(10, 0, 0),
		BasicConstraintsValid: true,
		IsCA:                  true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	if edit != nil {
		edit(template)
	}
	if parent.cert == nil {
		parent = testCA{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.cert, key.Public(), parent.key)
	if err != nil {
		tb.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return testCA{cert, key}
}

// pem returns the certificate as a PEM block.
func (ca testCA) pem() string {
	return pemBlock("CERTIFICATE", ca.cert.Raw)
}

func pemBlock(blockType string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: blockType, Bytes: der}))
}
