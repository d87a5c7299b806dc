package rdstls

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rdstls/go/bundle"
)

// maxChain is how many certificates of a server are looked at. RDS sends two or
// three, and Amazon Trust Services up to four: more only cost time.
const maxChain = 4

// chainOf returns the first certificates that the server sent, as far as the error
// holds them. Nothing in them is verified.
func chainOf(t tree) []*x509.Certificate {
	if e, ok := first[*tls.CertificateVerificationError](t); ok {
		sent := slices.Clone(e.UnverifiedCertificates[:min(len(e.UnverifiedCertificates), maxChain)])
		return slices.DeleteFunc(sent, func(c *x509.Certificate) bool { return c == nil })
	}
	if e, ok := first[x509.UnknownAuthorityError](t); ok && e.Cert != nil {
		return []*x509.Certificate{e.Cert}
	}
	return nil
}

// An issuer is the CA that issued a chain, as far as the embedded roots prove it.
// That does not prove that the server that sent the chain has its key.
type issuer struct {
	region string // of an RDS CA
	amazon bool   // Amazon Trust Services
	nobody bool   // neither, though the server sent more than one certificate
}

// issuerOf verifies chain anew: a name that it claims would be a mere suspicion.
func issuerOf(chain []*x509.Certificate) issuer {
	claimed := claimedRegion(chain)
	if pool, ok := bundle.Pool(claimed); ok && chainsTo(chain, pool) {
		return issuer{region: claimed}
	}
	if chainsTo(chain, bundle.AmazonTrust()) {
		return issuer{amazon: true}
	}
	return issuer{nobody: len(chain) > 1}
}

func (i issuer) isKnown() bool { return i.region != "" || i.amazon }

func (i issuer) String() string {
	switch {
	case i.region != "":
		return fmt.Sprintf("unverified, issued by the RDS CA of Region %q", i.region)
	case i.amazon:
		return "unverified, issued by Amazon Trust Services"
	case i.nobody:
		return "unverified, issued by no CA that this version embeds"
	}
	return "unverified"
}

// chainsTo reports whether the leaf of chain leads to pool. The name and the
// dates do not matter: the question is only who issued it.
func chainsTo(chain []*x509.Certificate, pool *x509.CertPool) bool {
	if len(chain) == 0 {
		return false
	}
	intermediates := x509.NewCertPool()
	for _, cert := range chain[1:] {
		intermediates.AddCert(cert)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: pool, Intermediates: intermediates, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		CurrentTime: chain[0].NotBefore.Add(time.Second), // whatever the clock says
	})
	return err == nil
}

// isAllowedIssuer reports whether the CA that issued chain is one that this
// version trusts for the endpoint. If that is not known, the certificate tells:
// its name was compared before, so it carries the one that was expected.
func isAllowedIssuer(endpoint Endpoint, chain []*x509.Certificate) bool {
	if endpoint.Host == "" {
		for _, name := range chain[0].DNSNames[:min(len(chain[0].DNSNames), maxNames)] {
			if e, err := parseEndpoint(name); err == nil {
				endpoint = e
				break
			}
		}
	}
	if endpoint.Host == "" {
		return false
	}
	t, err := trustOf(endpoint)
	return err == nil && chainsTo(chain, t.pool())
}

// claimedRegion returns the Region in the name of the issuer, such as
// "Amazon RDS eu-west-1 Subordinate CA RSA2048 G1.A.3", or "".
func claimedRegion(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return ""
	}
	name, _ := strings.CutPrefix(chain[0].Issuer.CommonName, "Amazon RDS ")
	region, _, more := strings.Cut(name, " ")
	if !more || name == chain[0].Issuer.CommonName || !isRegion(region) {
		return ""
	}
	return region
}

// claimsUnknownRoot reports whether the issuer claims a Region that the bundle
// lacks, or a later generation than the first, which all embedded roots are.
func claimsUnknownRoot(chain []*x509.Certificate) bool {
	region := claimedRegion(chain)
	if region == "" {
		return false
	}
	_, known := bundle.Pool(region)
	for word := range strings.FieldsSeq(chain[0].Issuer.CommonName) {
		generation, _, _ := strings.Cut(word, ".")
		if number, ok := strings.CutPrefix(generation, "G"); ok && number != "1" {
			known = false
		}
	}
	return !known
}

func issuerName(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return "which the error does not tell"
	}
	return fmt.Sprintf("%.100q", chain[0].Issuer.CommonName)
}

// bundleAge identifies the embedded bundle to a person.
func bundleAge() string {
	issued := bundle.Newest().Certificate.NotBefore
	return fmt.Sprintf("bundle %.12s…, newest root of %s", bundle.SHA256, issued.Format(time.DateOnly))
}
