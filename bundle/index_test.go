package bundle_test

import (
	"bytes"
	"cmp"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/bundle"
)

// These tests hold the generated index to the bytes of the embedded files, with checks of
// their own rather than the generator's.

const (
	govCloudSHA256    = "694a8e0f4376f3133dbd76732b7644264c8a8f4c17b66d306cbec18aae58e46a"
	amazonTrustSHA256 = "dfaa39c0350288ded35812f7b80f76c4a422b97ecc04c4ac84e325bec528b1b8"
)

func TestFileDigests(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, text, want string
	}{
		{"global-bundle.pem", string(bundle.PEM()), bundle.SHA256},
		{"us-gov-roots.pem", bundle.GovCloudPEM(), govCloudSHA256},
		{"amazon-trust.pem", bundle.AmazonTrustPEM(), amazonTrustSHA256},
	} {
		sum := sha256.Sum256([]byte(tt.text))
		if got := hex.EncodeToString(sum[:]); got != tt.want {
			t.Errorf("SHA-256 of %s = %s, want %s", tt.name, got, tt.want)
		}
	}
}

// certificatesOf returns the certificates of a PEM file in which every byte belongs to a block
// in canonical form.
func certificatesOf(t *testing.T, text string) []*x509.Certificate {
	t.Helper()
	var certs []*x509.Certificate
	var canonical bytes.Buffer
	for rest := []byte(text); len(rest) > 0; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			t.Fatal("trailing data")
		}
		if block.Type != "CERTIFICATE" || len(block.Headers) > 0 {
			t.Fatalf("block of type %q, headers %q", block.Type, block.Headers)
		}
		if err := pem.Encode(&canonical, block); err != nil {
			t.Fatal(err)
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		certs = append(certs, cert)
	}
	if canonical.String() != text {
		t.Fatal("the file is not in canonical PEM: encoding/pem skipped something")
	}
	return certs
}

func TestIndexComplete(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		text  string
		index []bundle.Anchor
		want  int
	}{
		{
			"rds", string(bundle.PEM()) + bundle.GovCloudPEM(),
			slices.Concat(bundle.RootIndex(), bundle.ExcludedIndex()), 108 + 6,
		},
		{"amazon-trust", bundle.AmazonTrustPEM(), bundle.AmazonTrustIndex(), 5},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			digests := make(map[string]bool)
			for _, a := range tt.index {
				digests[a.SHA256] = true
			}
			certs := certificatesOf(t, tt.text)
			for _, cert := range certs {
				if digest := sha256Hex(cert.Raw); !digests[digest] {
					t.Errorf("%q (%s) is not in the index", cert.Subject, digest)
				}
			}
			if len(certs) != tt.want || len(tt.index) != tt.want || len(digests) != tt.want {
				t.Errorf("%d certificates, %d entries, %d digests, want %d of each",
					len(certs), len(tt.index), len(digests), tt.want)
			}
		})
	}
}

func TestIndexMatchesFiles(t *testing.T) {
	t.Parallel()
	for _, a := range slices.Concat(bundle.RootIndex(), bundle.ExcludedIndex(), bundle.AmazonTrustIndex()) {
		certs := certificatesOf(t, string(a.Block))
		if len(certs) != 1 {
			t.Fatalf("%q: %d certificates in its block", a.Subject, len(certs))
		}
		cert := certs[0]
		got := bundle.Anchor{
			Region: a.Region, Subject: cert.Subject.String(), SHA256: sha256Hex(cert.Raw),
			NotAfter: cert.NotAfter.UTC().Format(time.DateOnly), Block: a.Block,
		}
		if got.Subject != a.Subject || got.SHA256 != a.SHA256 || got.NotAfter != a.NotAfter {
			t.Errorf("the index says %+v, the bytes %+v", a, got)
		}
		if !cert.BasicConstraintsValid || !cert.IsCA || cert.KeyUsage&x509.KeyUsageCertSign == 0 {
			t.Errorf("%q is not a CA", a.Subject)
		}
		if err := cert.CheckSignatureFrom(cert); err != nil || !bytes.Equal(cert.RawSubject, cert.RawIssuer) {
			t.Errorf("%q is not signed by itself: %v", a.Subject, err)
		}
	}
}

var (
	regionSubject = regexp.MustCompile(`^CN=Amazon RDS ([a-z0-9-]+) Root CA (RSA2048|RSA4096|ECC384) G1` +
		`,OU=Amazon RDS,O=Amazon Web Services\\, Inc\.,L=Seattle,ST=WA,C=US$`)
	excludedSubject = regexp.MustCompile(`^CN=Amazon RDS (Beta us-east-1|Preview us-east-2) Root CA `)
)

func TestIndexRegions(t *testing.T) {
	t.Parallel()
	index := bundle.RootIndex()
	if !slices.IsSortedFunc(index, func(a, b bundle.Anchor) int {
		return cmp.Or(strings.Compare(a.Region, b.Region), strings.Compare(a.Subject, b.Subject))
	}) {
		t.Error("the index is not sorted by Region, then by subject")
	}
	keyTypes := make(map[string][]string)
	for _, a := range index {
		m := regionSubject.FindStringSubmatch(a.Subject)
		if m == nil || m[1] != a.Region {
			t.Errorf("%q is in Region %q", a.Subject, a.Region)
			continue
		}
		keyTypes[a.Region] = append(keyTypes[a.Region], m[2])
		cert := certificatesOf(t, string(a.Block))[0]
		if got := keyType(cert); got != m[2] {
			t.Errorf("%q has a key of type %s", a.Subject, got)
		}
		inGovCloud := strings.Contains(bundle.GovCloudPEM(), string(a.Block))
		if want := strings.HasPrefix(a.Region, "us-gov-"); inGovCloud != want {
			t.Errorf("%q in the GovCloud file: %v, want %v", a.Subject, inGovCloud, want)
		}
	}
	for region, got := range keyTypes {
		if want := []string{"ECC384", "RSA2048", "RSA4096"}; !slices.Equal(got, want) {
			t.Errorf("Region %q has roots of types %q, want %q", region, got, want)
		}
	}
	if len(keyTypes) != 34+2 {
		t.Errorf("%d Regions, want 36", len(keyTypes))
	}
	for _, a := range bundle.ExcludedIndex() {
		if !excludedSubject.MatchString(a.Subject) || a.Region != "" {
			t.Errorf("%q, Region %q is excluded", a.Subject, a.Region)
		}
	}
}

// TestAmazonTrustAnchors compares with the digests that Amazon Trust Services publishes at
// https://www.amazontrust.com/repository/.
func TestAmazonTrustAnchors(t *testing.T) {
	t.Parallel()
	want := []string{
		"8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e", // Amazon Root CA 1
		"1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4", // Amazon Root CA 2
		"18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4", // Amazon Root CA 3
		"e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092", // Amazon Root CA 4
		"568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5", // Starfield Services G2
	}
	var got []string
	for _, a := range bundle.AmazonTrustIndex() {
		got = append(got, a.SHA256)
	}
	if !slices.Equal(got, want) {
		t.Errorf("digests %q, want %q", got, want)
	}
}

func keyType(cert *x509.Certificate) string {
	switch key := cert.PublicKey.(type) {
	case *rsa.PublicKey:
		if key.N.BitLen() == 2048 {
			return "RSA2048"
		}
		if key.N.BitLen() == 4096 {
			return "RSA4096"
		}
	case *ecdsa.PublicKey:
		if key.Curve == elliptic.P384() {
			return "ECC384"
		}
	}
	return "another"
}

func sha256Hex(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
