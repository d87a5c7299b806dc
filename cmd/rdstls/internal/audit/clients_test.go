package audit

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"strings"
	"testing"

	"github.com/rdstls/go/bundle"
)

// pemOf returns the roots of a Region that keep selects, with comments as AWS's
// older files have them.
func pemOf(region string, keep func(*x509.Certificate) bool) []byte {
	var file []byte
	for root := range bundle.Roots() {
		if root.Region == region && keep(root.Certificate) {
			file = append(file, "# "+root.Certificate.Subject.CommonName+"\n"...)
			file = append(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate.Raw})...)
		}
	}
	return file
}

func only(key string) func(*x509.Certificate) bool {
	return func(c *x509.Certificate) bool { return strings.Contains(c.Subject.CommonName, key) }
}

// TestClients checks who keeps working with a client's file: the current CA, a
// pending one, and other Regions.
func TestClients(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, region, keep, pending string
		want                        Verdict
	}{
		{"whole Region", "eu-west-1", "", "", Pass},
		{"current CA only", "eu-west-1", "RSA2048", "", Pass},
		{"other CA only", "eu-west-1", "RSA4096", "", Fail},
		{"other Region", "eu-west-2", "", "", Fail},
		{"pending CA known", "eu-west-1", "", rsa4096, Pass},
		{"pending CA missing", "eu-west-1", "RSA2048", rsa4096, Fail},
		{"pending CA new", "eu-west-1", "", "rds-ca-rsa2048-g2", Unknown},
	} {
		roots, err := ParseClientRoots(pemOf(tt.region, only(tt.keep)))
		if err != nil {
			t.Fatal(err)
		}
		res := Resource{
			Kind: Instance, ID: "orders", Engine: "postgres",
			Certificate: &Certificate{CA: rsa2048, PendingCA: tt.pending, NotAfter: days(300)},
		}
		f := judgeOne(t, &Region{Name: "eu-west-1", Resources: []Resource{res}}, "orders",
			Options{Checks: []Check{CheckClients}, Clients: roots})
		if f.Verdict != tt.want {
			t.Errorf("%s: %s (%s), want %s", tt.name, f.Verdict, f.Why, tt.want)
		}
		if noted := strings.Contains(strings.Join(f.Notes, " "), "lacks"); f.Verdict == Pass && noted != (tt.keep != "") {
			t.Errorf("%s: notes %q", tt.name, f.Notes)
		}
		checkConsistent(t, f)
	}
}

// TestProxyClients checks that proxies need the public roots, and that a
// certificate with only the name of one does not count.
func TestProxyClients(t *testing.T) {
	t.Parallel()
	all, err := os.ReadFile("../../../../bundle/amazon-trust.pem")
	if err != nil {
		t.Fatal(err)
	}
	first := all[:bytes.Index(all, []byte("-----END CERTIFICATE-----"))+len("-----END CERTIFICATE-----\n")]
	for _, tt := range []struct {
		name string
		file []byte
		want Verdict
	}{
		{"all", all, Pass},
		{"one", first, Warn},
		{"none", pemOf("eu-west-1", only("")), Fail},
		{"look-alike", lookAlike(t, publicRoots[0]), Fail},
	} {
		roots, err := ParseClientRoots(tt.file)
		if err != nil {
			t.Fatal(err)
		}
		res := Resource{Kind: Proxy, ID: "pool", Proxy: &ProxyFacts{}}
		f := judgeOne(t, &Region{Resources: []Resource{res}}, "pool", Options{Checks: []Check{CheckClients}, Clients: roots})
		if f.Verdict != tt.want {
			t.Errorf("%s: %s (%s), want %s", tt.name, f.Verdict, f.Why, tt.want)
		}
		// An internet access gateway presents such a certificate too, whatever the API says of the instance.
		r := &Region{Name: "eu-west-1", Resources: []Resource{
			{Kind: Cluster, ID: "web", Engine: "aurora-postgresql", Gateway: true},
			{Kind: Instance, ID: "web-1", Engine: "aurora-postgresql", Cluster: "web", Certificate: &Certificate{CA: "rds-ca-2019"}},
		}}
		if f := judgeOne(t, r, "web-1", Options{Checks: []Check{CheckClients}, Clients: roots}); f.Verdict != tt.want {
			t.Errorf("%s, gateway: %s (%s), want %s", tt.name, f.Verdict, f.Why, tt.want)
		}
	}
}

// lookAlike returns a root with the name of another one.
func lookAlike(t *testing.T, name string) []byte {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotBefore: now.AddDate(-1, 0, 0), NotAfter: now.AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

// TestParseClientRoots checks that a file without a certificate is an error, and
// that a private key in it is passed over.
func TestParseClientRoots(t *testing.T) {
	t.Parallel()
	key := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte("canary")})
	for _, file := range [][]byte{nil, []byte("text"), key} {
		if roots, err := ParseClientRoots(file); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("ParseClientRoots(%q) = %v, %v", file, roots, err)
		}
	}
	if _, err := ParseClientRoots(append(key, pemOf("eu-west-1", only(""))...)); err != nil {
		t.Error(err)
	}
}
