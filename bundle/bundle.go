// Package bundle embeds the CAs that Amazon RDS servers chain to.
//
// RDS and Aurora servers present certificates of a private PKI that no
// operating system trusts. AWS publishes its roots as files: one for the
// commercial Regions, one for the GovCloud Regions. This package embeds both,
// and the public Amazon Trust Services roots, to which certificates of RDS
// Proxy chain. It knows no roots for China, the ISO partitions or the European
// Sovereign Cloud; [ParsePool] reads a file that holds them.
//
// The roots carry no name constraints, so any of them can issue a certificate for any host
// name. That is why [Pool] returns the roots of one Region, rather than the whole bundle.
//
// AWS adds roots when it opens a Region, and can withdraw one. A program gets such a change
// when it is built with a newer version of this module: let Dependabot or Renovate propose the
// update. A release that removes a root is listed under Security in CHANGELOG.md, and in the Go
// vulnerability database, which govulncheck reads. To use a newer file of AWS before there is a
// release, pass it to [ParsePool].
//
// Importing the package costs no time at program start. A Region's roots are parsed when
// [Pool] is first called for it.
package bundle

import (
	"crypto/x509"
	_ "embed"
	"iter"
	"slices"
	"strings"
)

//go:generate go run ../internal/bundlegen -in global-bundle.pem -in-govcloud us-gov-roots.pem

// The files are strings, not []byte, so that they stay in the read-only data of the program.
var (
	//go:embed global-bundle.pem
	commercialPEM string

	//go:embed us-gov-roots.pem
	govCloudPEM string

	//go:embed amazon-trust.pem
	amazonTrustPEM string
)

// PEM returns a copy of AWS's global-bundle.pem, byte for byte. [SHA256] is its digest.
//
// Use it only where a program needs the whole file: it holds the roots of every commercial
// Region, and of two that AWS names Beta and Preview, but not those of GovCloud. To write a
// file for the clients of one server, use rdstls.Roots.
func PEM() []byte {
	return []byte(commercialPEM)
}

// Root is a root CA of one Region.
type Root struct {
	// Region is the AWS Region, such as "eu-west-1".
	Region string

	// Certificate is the self-signed certificate of the CA.
	Certificate *x509.Certificate
}

// Roots returns every root of every Region, commercial and GovCloud, ordered by Region, then
// by subject. Beta and Preview roots are not among them.
//
// Each certificate is parsed as it is yielded and not kept, so each pass over
// all roots costs a millisecond or two. To verify servers of a single Region,
// use [Pool].
func Roots() iter.Seq[Root] {
	return func(yield func(Root) bool) {
		for i := range rootIndex {
			a := &rootIndex[i]
			if !yield(Root{Region: a.region, Certificate: a.parse()}) {
				return
			}
		}
	}
}

// Newest returns the root that was issued last. Its date shows how old the
// bundle is. Newest parses only that root.
func Newest() Root {
	a := &rootIndex[newestRoot]
	return Root{Region: a.region, Certificate: a.parse()}
}

// Regions returns the names of the Regions that [Pool] knows, sorted. The caller may modify
// the slice.
func Regions() []string {
	regions := make([]string, len(regionIndex))
	for i := range regionIndex {
		regions[i] = regionIndex[i].name
	}
	return regions
}

// Pool returns the roots of one Region, and whether the Region is known. Names
// are matched exactly: "us-east-1", not "US-EAST-1" and not "Beta us-east-1".
// For an unknown Region the pool is nil, and with nil RootCAs, a
// [crypto/tls.Config] uses the operating system's roots: always check the
// second result.
//
// The pool is the caller's own: adding to it changes no other. Pool is safe for concurrent
// use.
func Pool(region string) (*x509.CertPool, bool) {
	i, ok := find(region)
	if !ok {
		return nil, false
	}
	return regionPools[i].clone(regionIndex[i].anchors()), true
}

// AddRegion adds the roots of one Region to pool, and reports whether the
// Region is known. Use it for a server that may have a certificate from the CAs
// of several Regions, or from those of [AmazonTrust] as well. Each call parses
// the roots again.
func AddRegion(pool *x509.CertPool, region string) bool {
	i, ok := find(region)
	if ok {
		addTo(pool, regionIndex[i].anchors())
	}
	return ok
}

// find returns the place of a Region in regionIndex.
func find(region string) (int, bool) {
	return slices.BinarySearchFunc(regionIndex[:], region, func(e regionEntry, name string) int {
		return strings.Compare(e.name, name)
	})
}

// AmazonTrust returns the roots of Amazon Trust Services: Amazon Root CA 1 to 4 and Starfield
// Services Root Certificate Authority - G2. RDS Proxy presents certificates of AWS Certificate
// Manager, which chain to these (Amazon RDS User Guide, "Using TLS/SSL with RDS Proxy"), and so
// do Aurora express clusters and Aurora DSQL.
//
// They are public: anyone can get a certificate that chains to them for a name they control.
// Use them only where the host name is verified.
//
// The pool is the caller's own: adding to it changes no other. AmazonTrust is safe for
// concurrent use.
func AmazonTrust() *x509.CertPool {
	return amazonTrustPool.clone(amazonTrustIndex[:])
}

// RegionRoots returns the certificates in the pool of one Region, ordered by subject, and
// whether the Region is known, for programs that need a file. Each call parses them anew; the
// caller may modify the result.
func RegionRoots(region string) ([]*x509.Certificate, bool) {
	i, ok := find(region)
	if !ok {
		return nil, false
	}
	return parseAll(regionIndex[i].anchors()), true
}

// AmazonTrustRoots returns the certificates in the pool of [AmazonTrust], for programs that
// need a file. Each call parses them anew; the caller may modify the result.
func AmazonTrustRoots() []*x509.Certificate {
	return parseAll(amazonTrustIndex[:])
}

func parseAll(anchors []anchor) []*x509.Certificate {
	certificates := make([]*x509.Certificate, len(anchors))
	for i := range anchors {
		certificates[i] = anchors[i].parse()
	}
	return certificates
}
