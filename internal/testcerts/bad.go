package testcerts

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"strings"
)

// A BadLeaf is a certificate that a verifying client must refuse, with the chain that an
// attacker would send.
type BadLeaf struct {
	Name string // what is wrong, in words joined by hyphens
	Cert tls.Certificate
}

// Bad returns the certificates that a client must refuse when it trusts only a's root and
// wants name, a DNS name of at least three labels. crypto/tls refuses every one of them.
//
// Not among them, because crypto/tls accepts them: a properly issued leaf that says
// CA:TRUE, one with an RSA key of 1024 bits, one without extended key usages, and a chain
// padded with unrelated certificates up to 256 KiB.
func Bad(a *Authority, name string) []BadLeaf {
	if strings.Count(name, ".") < 2 {
		panic(fmt.Sprintf("testcerts: bad certificates for %q: want three labels", name))
	}
	b := bad{a: a, name: name, key: cachedKey("attacker", a.keyType)}
	var all []BadLeaf
	for _, cases := range [][]BadLeaf{b.issuers(), b.subordinates(), b.leaves(), b.names(), b.sizes()} {
		all = append(all, cases...)
	}
	return all
}

// bad makes the bad certificates for one name. Unless the case is about something else,
// they carry the right name, a's names and the attacker's key.
type bad struct {
	a    *Authority
	name string
	key  crypto.Signer
}

// leaf returns a properly issued chain, but for what edit does to the leaf.
func (b bad) leaf(edit func(*x509.Certificate)) tls.Certificate {
	return b.a.chain(b.a.sub.issue(edited(leafTemplate(b.name), edit), b.key.Public()), b.key)
}

// issuers are cases in which another CA than a issued the certificate, or none did.
func (b bad) issuers() []BadLeaf {
	region := "eu-central-1"
	if strings.Contains(b.a.name, region) {
		region = "us-west-2"
	}
	self := func(edit func(*x509.Certificate)) tls.Certificate {
		tmpl := edited(leafTemplate(b.name), edit)
		return certificate(b.key, signer{tmpl, b.key}.issue(tmpl, b.key.Public()))
	}
	return []BadLeaf{
		{"self-signed", self(nil)},
		{"self-signed-ca", self(func(leaf *x509.Certificate) {
			leaf.IsCA = true
			leaf.KeyUsage |= x509.KeyUsageCertSign
		})},
		{"cloned-root", b.a.Impostor().Instance(b.name)},
		{"other-region", New(region, b.a.keyType).Instance(b.name)},
		{"missing-intermediate", b.missingIntermediate()},
		{"stolen-certificate", b.stolen()},
	}
}

func (b bad) missingIntermediate() tls.Certificate {
	cert := b.leaf(nil)
	cert.Certificate = cert.Certificate[:1]
	return cert
}

// stolen is the server's own certificate, which anybody can record, without its key.
func (b bad) stolen() tls.Certificate {
	cert := b.a.Instance(b.name)
	cert.PrivateKey = b.key
	return cert
}

// leaves are cases in which a issued the certificate, and something other than the names
// is wrong with it.
func (b bad) leaves() []BadLeaf {
	return []BadLeaf{
		{"expired", b.leaf(func(leaf *x509.Certificate) { leaf.NotAfter = validFrom.AddDate(1, 0, 0) })},
		{"not-yet-valid", b.leaf(func(leaf *x509.Certificate) { leaf.NotBefore = validTo.AddDate(-1, 0, 0) })},
		{"client-certificate", b.leaf(func(leaf *x509.Certificate) {
			leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})},
		{"unknown-critical-extension", b.leaf(func(leaf *x509.Certificate) {
			leaf.ExtraExtensions = []pkix.Extension{{Id: []int{1, 3, 6, 1, 4, 1, 99999}, Critical: true, Value: []byte{5, 0}}}
		})},
		{"sha1-leaf", b.leaf(func(leaf *x509.Certificate) { leaf.SignatureAlgorithm = b.sha1() })},
		{"md5-leaf", b.md5Leaf()},
	}
}

func (b bad) sha1() x509.SignatureAlgorithm {
	if b.a.keyType == ECC384 {
		return x509.ECDSAWithSHA1
	}
	return x509.SHA1WithRSA
}
