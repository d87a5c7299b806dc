package advicetest

import (
	"crypto/tls"
	"crypto/x509"

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
