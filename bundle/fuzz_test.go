package bundle_test

import (
	"crypto/x509"
	"encoding/pem"
	"strings"
	"testing"

	"github.com/rdstls/go/bundle"
)

// FuzzParsePool compares with a reading of the file by encoding/pem, which skips what it does
// not understand: whatever ParsePool accepts, it has overlooked nothing in it.
func FuzzParsePool(f *testing.F) {
	root := newCA(f, "root")
	intermediate := newCert(f, "intermediate", root, nil)
	for _, seed := range []string{
		"",
		root.pem(),
		root.pem() + intermediate.pem(),
		strings.ReplaceAll(root.pem(), "\n", "\r\n"),
		"\xef\xbb\xbf" + root.pem(),
		root.pem() + "# comment\n",
		pemBlock("PRIVATE KEY", []byte("secret")),
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n" + root.pem(),
		"-----BEGIN CERTIFICATE-----\na: b\n\nAAAA\n-----END CERTIFICATE-----\n",
		"-----BEGIN \n-----END ",
		bundle.AmazonTrustPEM(),
		bundle.GovCloudPEM(),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		before := string(text)
		pool, err := bundle.ParsePool(text)
		if string(text) != before {
			t.Fatal("ParsePool writes to the file")
		}
		if (pool == nil) != (err != nil) {
			t.Fatalf("ParsePool = %v, %v", pool, err)
		}
		if err != nil {
			if !strings.HasPrefix(err.Error(), "bundle: ") {
				t.Fatalf("error %q", err)
			}
			return
		}
		again, err := bundle.ParsePool(text)
		if err != nil || !again.Equal(pool) {
			t.Fatalf("the second time, ParsePool = %v, %v", again, err)
		}
		wantRootsOf(t, pool, text)
	})
}

// wantRootsOf fails the test unless pool holds the roots that encoding/pem finds in
// text, and nothing else.
func wantRootsOf(t *testing.T, pool *x509.CertPool, text []byte) {
	t.Helper()
	want := x509.NewCertPool()
	blocks := 0
	for rest := text; ; blocks++ {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			break
		}
		cert, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		if trusts(pool, cert) && string(cert.RawIssuer) == string(cert.RawSubject) {
			want.AddCert(cert)
		}
	}
	if n := strings.Count(string(text), "-----BEGIN"); n != blocks {
		t.Fatalf("%d blocks were accepted, of which encoding/pem sees %d", n, blocks)
	}
	if !pool.Equal(want) {
		t.Fatal("the pool holds another set of roots than the file")
	}
}
