// Package cafile judges files of CA certificates: what they hold of the RDS CAs,
// what they lack, and what they should not hold.
package cafile

import (
	"crypto/x509"
	"encoding/pem"
	"sync"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/roots"
	"github.com/rdstls/go/rdstls"
)

// A CA is a root that this version knows.
type CA struct {
	ID          string // as in RDS's API, or "amazon-trust"
	Region      string // "" for Amazon Trust Services
	Certificate *x509.Certificate
}

// govCloudSHA256 is the digest of AWS's file for GovCloud, of which the bundle
// embeds the roots (bundle/index.go).
const govCloudSHA256 = "694a8e0f4376f3133dbd76732b7644264c8a8f4c17b66d306cbec18aae58e46a"

// Known returns the embedded roots of all Regions, by Region.
var Known = sync.OnceValue(func() []CA {
	var all []CA
	for root := range bundle.Roots() {
		all = append(all, CA{roots.ID(root.Certificate), root.Region, root.Certificate})
	}
	return all
})

// OfRegion returns the roots of a Region, or none if it is not known.
func OfRegion(region string) (found []CA) {
	for _, ca := range Known() {
		if ca.Region == region {
			found = append(found, ca)
		}
	}
	return found
}

// For returns the CAs that rdstls.ClientConfig trusts for an endpoint.
func For(host string) ([]CA, error) {
	certs, err := rdstls.Roots(host)
	if err != nil {
		return nil, err
	}
	trusted := make([]CA, 0, len(certs))
	for _, c := range certs {
		trusted = append(trusted, Describe(c))
	}
	return trusted, nil
}

// Proxy returns the roots of Amazon Trust Services.
var Proxy = sync.OnceValue(func() (all []CA) {
	for _, c := range bundle.AmazonTrustRoots() {
		all = append(all, CA{roots.AmazonTrust, "", c})
	}
	return all
})

// Describe returns what is known of a certificate. Of one that is not known, ID is "".
func Describe(c *x509.Certificate) CA {
	for _, ca := range Known() {
		if ca.Certificate.Equal(c) {
			return ca
		}
	}
	for _, ca := range Proxy() {
		if ca.Certificate.Equal(c) {
			return ca
		}
	}
	return CA{Certificate: c}
}

// PEM returns the certificates as a file.
func PEM(cas []CA) []byte {
	var text []byte
	for _, ca := range cas {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: ca.Certificate.Raw})...)
	}
	return text
}
