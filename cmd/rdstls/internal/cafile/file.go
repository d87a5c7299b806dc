package cafile

import (
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"regexp"
	"strings"

	"github.com/rdstls/go/bundle"
)

// A File is a file of certificates.
type File struct {
	SHA256 string
	Size   int
	Certs  []*x509.Certificate // without repetitions
	Err    error               // why it is not a strict PEM file of roots
}

// Parse reads a PEM file. Where it is malformed, Err says so, and Certs has what
// could be read.
func Parse(text []byte) File {
	f := newFile(text)
	_, f.Err = bundle.ParsePool(text)
	for rest := text; ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return f
		}
		if c, err := x509.ParseCertificate(block.Bytes); err == nil && block.Type == "CERTIFICATE" {
			f.add(c)
		}
	}
}

func newFile(text []byte) File {
	sum := sha256.Sum256(text)
	return File{SHA256: hex.EncodeToString(sum[:]), Size: len(text)}
}

func (f *File) add(c *x509.Certificate) {
	for _, other := range f.Certs {
		if other.Equal(c) {
			return
		}
	}
	f.Certs = append(f.Certs, c)
}

var (
	embedded = regexp.MustCompile(`-----BEGIN CERTIFICATE-----([^-]+)-----END CERTIFICATE-----`)
	between  = regexp.MustCompile(`["']\s*\+\s*["']|\\[nrt]|[^A-Za-z0-9+/=]+`)
)

// Find looks for certificates anywhere in a text: in a PEM file, indented in YAML,
// or in a string with escaped line breaks.
func Find(text []byte) File {
	f := newFile(text)
	for _, m := range embedded.FindAllSubmatch(text, -1) {
		der, err := base64.StdEncoding.DecodeString(between.ReplaceAllString(string(m[1]), ""))
		if err != nil {
			continue
		}
		if c, err := x509.ParseCertificate(der); err == nil {
			f.add(c)
		}
	}
	return f
}

// HoldsRDS reports whether one of the certificates calls itself one of RDS.
func (f File) HoldsRDS() bool {
	for _, c := range f.Certs {
		if strings.HasPrefix(c.Subject.CommonName, "Amazon RDS ") {
			return true
		}
	}
	return false
}

// Diff returns the roots that are in b and not in a, and those that are in a and
// not in b.
func Diff(a, b File) (added, removed []CA) {
	return missing(b.Certs, a.Certs), missing(a.Certs, b.Certs)
}

// missing returns the certificates of one list that another lacks.
func missing(of, in []*x509.Certificate) (cas []CA) {
	has := map[string]bool{}
	for _, c := range in {
		has[string(c.Raw)] = true
	}
	for _, c := range of {
		if !has[string(c.Raw)] {
			cas = append(cas, Describe(c))
		}
	}
	return cas
}
