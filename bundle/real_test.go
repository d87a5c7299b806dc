package bundle_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/bundle"
)

// TestRealIntermediate checks that a Subordinate CA that a real RDS instance presented
// in October 2026 chains to the embedded roots of its Region, to no other Region's, and
// is itself no root. (Its SHA-256, as DER, begins with bb86d905d4478b7b.)
func TestRealIntermediate(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/ap-northeast-2-subordinate-rsa2048-g1-a5.pem")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(text)
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	pools := map[string]*x509.CertPool{"Amazon Trust Services": bundle.AmazonTrust()}
	for _, region := range bundle.Regions() {
		pools[region], _ = bundle.Pool(region)
	}
	for name, pool := range pools {
		_, err := cert.Verify(x509.VerifyOptions{
			Roots:       pool,
			CurrentTime: time.Date(2026, 10, 8, 0, 0, 0, 0, time.UTC),
			KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		})
		if (err == nil) != (name == "ap-northeast-2") {
			t.Errorf("the intermediate under the roots of %s: %v", name, err)
		}
	}
	if _, err := bundle.ParsePool(text); err == nil || !strings.Contains(err.Error(), "is a root") {
		t.Errorf("ParsePool = %v, want an error that says that it is no root", err)
	}
}

// TestParsePoolHugeKey checks that a certificate with a huge RSA key is refused without
// the work of verifying it, which takes 20 seconds for a key of a megabit. Certificates of that size are refused before
// they are parsed (TestParsePoolHugeCertificate).
func TestParsePoolHugeKey(t *testing.T) {
	t.Parallel()
	ca := newCA(t, "small")
	for bits, want := range map[uint]bool{8192: false, 8193: true, 1 << 17: true} {
		// The key need not be one: nothing may be computed with it.
		n := new(big.Int).Lsh(big.NewInt(1), bits-1)
		key := &rsa.PublicKey{N: n.Add(n, big.NewInt(1)), E: 65537}
		text := withKey(t, ca, key)
		_, err := bundle.ParsePool(text)
		if refused := err != nil && strings.Contains(err.Error(), "RSA key of more than 8192 bits"); refused != want {
			t.Errorf("%d bits: ParsePool = %v, want it refused for its key: %v", bits, err, want)
		}
	}
}

// withKey returns a certificate of ca's name for another key, signed by ca.
func withKey(t *testing.T, ca testCA, key *rsa.PublicKey) []byte {
	t.Helper()
	template := *ca.cert
	template.SubjectKeyId = nil
	der, err := x509.CreateCertificate(rand.Reader, &template, ca.cert, key, ca.key)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(pemBlock("CERTIFICATE", der))
}
