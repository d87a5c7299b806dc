package bundle

import (
	"crypto/x509"
	"fmt"
	"sync"
)

// A file says which embedded file an anchor is in. It is a number rather than a pointer to
// the text, so that index.go is constant data that the linker lays out.
type file uint8

const (
	commercial file = iota
	govCloud
	amazonTrust
)

// text returns the embedded file.
func (f file) text() string {
	switch f {
	case commercial:
		return commercialPEM
	case govCloud:
		return govCloudPEM
	case amazonTrust:
		return amazonTrustPEM
	}
	panic(fmt.Sprintf("bundle: BUG: no embedded file has number %d", f))
}

// An anchor says where one certificate is.
type anchor struct {
	region string // as in an endpoint's name; of no Region if empty
	file   file
	offset int // of the PEM block in the file
	length int // of the PEM block, with its last line break
}

// A rootInfo says what the anchor at the same place is. It is there so that a change of roots is
// a diff that a person can read, and the tests hold it to the bytes. No code refers to it,
// so the linker leaves them out of programs.
type rootInfo struct {
	subject  string // in the form of pkix.Name.String
	sha256   string // of the DER encoding, in hexadecimal
	notAfter string
}

// A regionEntry says where the anchors of one Region are in rootIndex.
type regionEntry struct {
	name         string
	first, count int
}

// anchors returns the roots of the Region.
func (e regionEntry) anchors() []anchor { return rootIndex[e.first : e.first+e.count] }

// block returns the PEM text of a.
func (a *anchor) block() []byte {
	text := a.file.text()
	if a.offset < 0 || a.length <= 0 || a.offset > len(text) || a.length > len(text)-a.offset {
		panic(fmt.Sprintf("bundle: BUG: %v is out of the bounds of its file", *a))
	}
	return []byte(text[a.offset : a.offset+a.length])
}

// parse returns the certificate of a.
func (a *anchor) parse() *x509.Certificate {
	cert, err := parseBlock(a.block())
	if err != nil {
		panic(fmt.Sprintf("bundle: BUG: %v: %v", *a, err))
	}
	return cert
}

// A lazyPool is a pool that is made when it is first asked for. It never leaves the package:
// callers get copies, which share the certificates but not the list of them.
type lazyPool struct {
	once sync.Once
	pool *x509.CertPool
}

// The pools are arrays as long as the index, so that asking for unknown Regions, whose names
// may come from outside, cannot make them grow.
var (
	regionPools     [len(regionIndex)]lazyPool
	amazonTrustPool lazyPool
)

// clone returns a copy of the pool of anchors, which are the same at each call.
func (l *lazyPool) clone(anchors []anchor) *x509.CertPool {
	l.once.Do(func() { l.pool = newPool(anchors) })
	if l.pool == nil {
		// newPool panicked earlier, and a caller recovered. A nil pool must not get out:
		// crypto/tls takes it for the operating system's roots.
		panic("bundle: BUG: an embedded certificate could not be parsed earlier")
	}
	return l.pool.Clone()
}

// newPool returns a pool of anchors.
func newPool(anchors []anchor) *x509.CertPool {
	pool := x509.NewCertPool()
	addTo(pool, anchors)
	return pool
}

// addTo adds anchors to pool.
//
// AppendCertsFromPEM keeps the DER encoding of a certificate and parses it again when a chain
// needs it, where AddCert would keep the parsed form. For the three roots of a Region that is
// 6 KiB instead of 17, at nearly the same time (BenchmarkRetained, BenchmarkPoolFirst). A
// program that uses ten Regions keeps 56 KiB.
func addTo(pool *x509.CertPool, anchors []anchor) {
	for i := range anchors {
		// One at a time: given several blocks, AppendCertsFromPEM leaves out what it cannot
		// parse and reports success for the others.
		if !pool.AppendCertsFromPEM(anchors[i].block()) {
			panic(fmt.Sprintf("bundle: BUG: %v cannot be parsed", anchors[i]))
		}
	}
}
