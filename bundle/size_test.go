package bundle_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/bundle"
)

// TestParsePoolHugeCertificate checks that ParsePool refuses a certificate by its size, before
// it prints the subject, which takes minutes for this one, and that the error is short.
func TestParsePoolHugeCertificate(t *testing.T) {
	t.Parallel()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	units := make(pkix.RDNSequence, 20_000)
	for i := range units {
		units[i] = []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{2, 5, 4, 11}, Value: "unit"}}
	}
	subject, err := asn1.Marshal(units)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), RawSubject: subject, NotBefore: time.Unix(0, 0), NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	_, err = bundle.ParsePool(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	if err == nil || !strings.Contains(err.Error(), "larger than") || len(err.Error()) > 200 {
		t.Errorf("ParsePool = %.200v, want a short error about the size", err)
	}
}
