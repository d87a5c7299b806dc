package audit

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rdstls/go/bundle"
)

// ClientRoots is what a client trusts: the certificates of its CA file.
type ClientRoots struct {
	certificates []*x509.Certificate
}

// ParseClientRoots reads a CA file as clients do: text between the blocks is
// allowed, and so are other blocks and certificates that do not parse.
func ParseClientRoots(file []byte) (*ClientRoots, error) {
	roots := &ClientRoots{}
	for {
		var block *pem.Block
		if block, file = pem.Decode(file); block == nil {
			break
		}
		if block.Type != "CERTIFICATE" || len(block.Headers) > 0 {
			continue
		}
		if cert, err := x509.ParseCertificate(block.Bytes); err == nil {
			roots.certificates = append(roots.certificates, cert)
		}
	}
	if len(roots.certificates) == 0 {
		return nil, errors.New("the file holds no certificate")
	}
	return roots, nil
}

// trusts reports whether the file has a root, by its name and key: a root that
// was issued again counts.
func (c *ClientRoots) trusts(root *x509.Certificate, now time.Time) bool {
	return slices.ContainsFunc(c.certificates, func(cert *x509.Certificate) bool {
		return bytes.Equal(cert.RawSubject, root.RawSubject) &&
			bytes.Equal(cert.RawSubjectPublicKeyInfo, root.RawSubjectPublicKeyInfo) && !now.After(cert.NotAfter)
	})
}

func judgeClients(f *Finding, r *Region, res *Resource, opts Options) {
	if res.Kind == Proxy || behindGateway(r, res) {
		judgePublicClients(f, opts)
		return
	}
	if skip := noCertificate(r, res); skip != "" {
		f.conclude(NotApplicable, skip)
		return
	}
	c := res.Certificate
	if c == nil || c.CA == "" {
		f.conclude(Unknown, "The API names no CA for this server.")
		return
	}
	f.Certificate = describeCertificate(c, opts.Now)
	root := caRoot(r.Name, c.CA)
	switch {
	case retiredCA(c.CA):
		f.conclude(Fail, "The CA "+c.CA+" has expired, whatever the clients trust.")
		f.Remedy = remedyReplace(r, res)
	case root == nil:
		f.conclude(Unknown, fmt.Sprintf("This version's bundle has no root for the CA %q in %s.", c.CA, r.Name))
	case !opts.Clients.trusts(root, opts.Now):
		f.conclude(Fail, "The clients' file lacks the root of "+c.CA+" in "+r.Name+", which signs this server's certificate.")
		f.Remedy = remedyClients(r)
	default:
		judgeNextCA(f, r, c, opts)
	}
}

// judgeNextCA looks at the CAs that the server can get later.
func judgeNextCA(f *Finding, r *Region, c *Certificate, opts Options) {
	f.conclude(Pass, "The clients trust "+c.CA+" in "+r.Name+".")
	if c.PendingCA != "" {
		switch root := caRoot(r.Name, c.PendingCA); {
		case root == nil:
			f.conclude(Unknown, fmt.Sprintf("This version's bundle has no root for the pending CA %q.", c.PendingCA))
		case !opts.Clients.trusts(root, opts.Now):
			f.conclude(Fail, "The clients trust "+c.CA+", but not "+c.PendingCA+", to which a change is pending.")
			f.Remedy = remedyClients(r)
		}
	}
	var lacking []string
	for _, id := range []string{"rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"} {
		if root := caRoot(r.Name, id); root != nil && !opts.Clients.trusts(root, opts.Now) {
			lacking = append(lacking, id)
		}
	}
	if len(lacking) > 0 {
		f.note("The clients' file lacks " + strings.Join(lacking, " and ") + " in " + r.Name + ": a rotation to it would cut them off.")
	}
}

// caRoot returns the root of a CA in a Region, or nil if the bundle has none.
func caRoot(region, id string) *x509.Certificate {
	if !knownCA(id) {
		return nil
	}
	key := strings.ToUpper(strings.TrimSuffix(strings.TrimPrefix(id, "rds-ca-"), "-g1"))
	for root := range bundle.Roots() {
		if root.Region == region && strings.HasSuffix(root.Certificate.Subject.CommonName, " Root CA "+key+" G1") {
			return root.Certificate
		}
	}
	return nil
}

// publicRoots are the names of the roots that bundle.AmazonTrust holds.
var publicRoots = []string{
	"Amazon Root CA 1", "Amazon Root CA 2", "Amazon Root CA 3", "Amazon Root CA 4",
	"Starfield Services Root Certificate Authority - G2",
}

// lacksPublic returns the names of the public roots that the file does not have.
func (c *ClientRoots) lacksPublic(now time.Time) []string {
	lacking := slices.Clone(publicRoots)
	for _, cert := range c.certificates {
		chains, err := cert.Verify(x509.VerifyOptions{
			Roots: bundle.AmazonTrust(), CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		})
		isRoot := err == nil && slices.ContainsFunc(chains, func(chain []*x509.Certificate) bool { return len(chain) == 1 })
		if i := slices.Index(lacking, cert.Subject.CommonName); isRoot && i >= 0 {
			lacking = slices.Delete(lacking, i, i+1)
		}
	}
	return lacking
}

// judgePublicClients is for proxies and gateways, which present certificates of
// Amazon Trust Services.
func judgePublicClients(f *Finding, opts Options) {
	chains := ", to which the certificates of proxies and internet access gateways chain."
	switch lacking := opts.Clients.lacksPublic(opts.Now); len(lacking) {
	case 0:
		f.conclude(Pass, "The clients trust Amazon Trust Services"+chains)
	case len(publicRoots):
		f.conclude(Fail, "The clients' file has no root of Amazon Trust Services"+chains)
		f.Remedy = remedyPublicClients()
	default:
		f.conclude(Warn, "The clients' file lacks "+strings.Join(lacking, ", ")+". The certificates of proxies and "+
			"internet access gateways can chain to any root of Amazon Trust Services.")
		f.Remedy = remedyPublicClients()
	}
}
