package testcerts_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/pem"
	"slices"
	"testing"

	"github.com/rdstls/go/internal/testcerts"
)

const (
	instance = "db.c9akciq32rgc.us-east-1.rds.amazonaws.com"
	cluster  = "orders.cluster-c9akciq32rgc.us-east-1.rds.amazonaws.com"
	reader   = "orders.cluster-ro-c9akciq32rgc.us-east-1.rds.amazonaws.com"
	custom   = "reports.cluster-custom-c9akciq32rgc.us-east-1.rds.amazonaws.com"
	proxy    = "app.proxy-c9akciq32rgc.us-east-1.rds.amazonaws.com"
)

func TestGoodCertificates(t *testing.T) {
	t.Parallel()
	rsa := testcerts.New("us-east-1", testcerts.RSA2048)
	ecc := testcerts.New("us-east-1", testcerts.ECC384)
	amazon := testcerts.NewAmazonTrust()
	aurora := rsa.AuroraInstance(instance, cluster, reader, custom)
	tests := []struct {
		name  string
		roots *testcerts.Authority
		cert  tls.Certificate
		host  string
	}{
		{"rsa", rsa, rsa.Instance(instance), instance},
		{"ecc", ecc, ecc.Instance(instance), instance},
		{"aurora-instance", rsa, aurora, instance},
		{"aurora-cluster", rsa, aurora, cluster},
		{"aurora-reader", rsa, aurora, reader},
		{"aurora-custom", rsa, aurora, custom},
		{"proxy", amazon, amazon.Proxy(proxy), proxy},
		{"impostor-by-its-own-root", rsa.Impostor(), rsa.Impostor().Instance(instance), instance},
	}
	for _, tt := range tests {
		for version, v := range versions {
			t.Run(tt.name+"-"+version, func(t *testing.T) {
				t.Parallel()
				client := &tls.Config{RootCAs: tt.roots.Pool(), ServerName: tt.host, MaxVersion: v}
				if err := handshake(t, client, &tls.Config{Certificates: []tls.Certificate{tt.cert}}); err != nil {
					t.Errorf("handshake = %v, want success", err)
				}
			})
		}
	}
}

func TestAuthorityShape(t *testing.T) {
	t.Parallel()
	a := testcerts.New("eu-west-1", testcerts.ECC384)
	// The order is that of the certificates in AWS's global-bundle.pem, which
	// pkix.Name prints in reverse, following RFC 2253.
	const want = `L=Seattle,CN=Amazon RDS eu-west-1 Root CA ECC384 G1,ST=WA,` +
		`OU=Amazon RDS,O=Amazon Web Services\, Inc.,C=US`
	if got := a.Root().Subject.CommonName; got != "Amazon RDS eu-west-1 Root CA ECC384 G1" {
		t.Errorf("common name of the root = %q", got)
	}
	if got := rdnString(t, a.Root().RawSubject); got != want {
		t.Errorf("subject of the root = %s, want %s", got, want)
	}
	if again := testcerts.New("eu-west-1", testcerts.ECC384); again != a {
		t.Error("New returned another CA for the same arguments")
	}
	if a.Impostor().Root().Equal(a.Root()) || string(a.Impostor().Root().RawSubject) != string(a.Root().RawSubject) {
		t.Error("the impostor's root must have the same subject and not be the same")
	}

	cert := a.Instance(instance)
	if len(cert.Certificate) != 3 {
		t.Fatalf("chain of %d certificates, want leaf, subordinate and root", len(cert.Certificate))
	}
	if cert.Leaf.Subject.CommonName != instance || !slices.Equal(cert.Leaf.DNSNames, []string{instance}) {
		t.Errorf("leaf is for %q and %q, want %q alone", cert.Leaf.Subject.CommonName, cert.Leaf.DNSNames, instance)
	}
	sub, err := x509.ParseCertificate(cert.Certificate[1])
	if err != nil {
		t.Fatal(err)
	}
	if sub.Subject.CommonName != "Amazon RDS eu-west-1 Subordinate CA ECC384 G1.A.1" || !sub.MaxPathLenZero || sub.MaxPathLen != 0 {
		t.Errorf("subordinate %q, path length %d (zero %t)", sub.Subject.CommonName, sub.MaxPathLen, sub.MaxPathLenZero)
	}
}

func TestPEM(t *testing.T) {
	t.Parallel()
	a := testcerts.New("us-east-1", testcerts.ECC384)
	block, rest := pem.Decode(a.PEM())
	if block == nil || len(rest) != 0 || string(block.Bytes) != string(a.Root().Raw) {
		t.Error("PEM is not the root alone")
	}
	cert := a.Instance(instance)
	got, err := tls.X509KeyPair(testcerts.PEMFiles(cert))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Certificate) != 3 || string(got.Certificate[0]) != string(cert.Certificate[0]) {
		t.Error("PEMFiles changed the chain")
	}
}

func TestPanics(t *testing.T) {
	t.Parallel()
	a := testcerts.New("us-east-1", testcerts.ECC384)
	tests := []struct {
		name string
		f    func()
	}{
		{"key-type", func() { testcerts.New("us-east-1", "RSA4096") }},
		{"no-name", func() { a.Leaf(nil) }},
		{"proxy-with-one-label", func() { a.Proxy("localhost") }},
		{"bad-with-two-labels", func() { testcerts.Bad(a, "example.com") }},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			defer func() {
				if recover() == nil {
					t.Error("no panic")
				}
			}()
			tt.f()
		})
	}
}

func rdnString(t *testing.T, raw []byte) string {
	t.Helper()
	var seq pkix.RDNSequence
	if rest, err := asn1.Unmarshal(raw, &seq); err != nil || len(rest) != 0 {
		t.Fatalf("subject: %v, %d bytes left", err, len(rest))
	}
	return seq.String()
}
