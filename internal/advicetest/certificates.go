package advicetest

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// A BadCertificate is a certificate that a client must refuse, and what must be said
// of it.
type BadCertificate struct {
	Name   string
	Cert   tls.Certificate
	Reason rdstls.Reason
	Facts  []string // words of the advice
}

// BadCertificates returns one certificate for each diagnosis of a certificate, as the
// server of the endpoint host would present it. Other is another endpoint of ca.
func BadCertificates(ca *testcerts.Authority, host, other string) []BadCertificate {
	expired := ca.Leaf(func(leaf *x509.Certificate) { leaf.NotAfter = leaf.NotBefore.AddDate(1, 0, 0) }, host)
	early := ca.Leaf(func(leaf *x509.Certificate) { leaf.NotBefore = leaf.NotAfter.AddDate(-1, 0, 0) }, host)
	return []BadCertificate{
		{"other-host", ca.Instance(other), rdstls.ReasonName, []string{host, other, "unverified"}},
		{"cloned-root", ca.Impostor().Instance(host), rdstls.ReasonNotRDS, []string{"unverified"}},
		{"expired", expired, rdstls.ReasonExpired, []string{"2001-01-01"}},
		{"not-yet-valid", early, rdstls.ReasonNotYetValid, []string{"2099-01-01", "No RDS CA"}},
	}
}

// RegionRoot returns an embedded RSA root of the Region, as if it carried names.
func RegionRoot(t testing.TB, region string, names ...string) *x509.Certificate {
	t.Helper()
	for root := range bundle.Roots() {
		if root.Region == region && root.Certificate.PublicKeyAlgorithm == x509.RSA {
			root.Certificate.DNSNames = names
			return root.Certificate
		}
	}
	t.Fatalf("no root of %s", region)
	return nil
}

// AmazonRoot returns a root of Amazon Trust Services, as if it carried names.
func AmazonRoot(names ...string) *x509.Certificate {
	root := bundle.AmazonTrustRoots()[0]
	root.DNSNames = names
	return root
}
