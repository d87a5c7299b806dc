package testcerts

import (
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"math/big"
	"strings"
)

// subordinates are cases in which the leaf is right and a certificate above it is not.
func (b bad) subordinates() []BadLeaf {
	return []BadLeaf{
		{"expired-intermediate", b.under(func(sub *x509.Certificate) { sub.NotAfter = validFrom.AddDate(1, 0, 0) })},
		{"client-only-intermediate", b.under(func(sub *x509.Certificate) {
			sub.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
		})},
		{"intermediate-without-cert-sign", b.under(func(sub *x509.Certificate) {
			sub.KeyUsage = x509.KeyUsageDigitalSignature
		})},
		{"name-constraint", b.under(func(sub *x509.Certificate) {
			sub.PermittedDNSDomainsCritical = true
			sub.PermittedDNSDomains = []string{"other.example"}
		})},
		{"sha1-intermediate", b.under(func(sub *x509.Certificate) { sub.SignatureAlgorithm = b.sha1() })},
		{"instance-as-issuer", b.instanceAsIssuer()},
		{"path-length", b.pathLength()},
		{"path-building-bomb", b.bomb()},
	}
}

// under returns the right leaf under a subordinate of a's root that edit has changed.
func (b bad) under(edit func(*x509.Certificate)) tls.Certificate {
	tmpl := caTemplate(b.a.sub.cert.RawSubject)
	tmpl.MaxPathLenZero = true
	sub := signer{mustParse(b.a.root.issue(edited(tmpl, edit), b.key.Public())), b.key}
	return certificate(b.key, sub.issue(leafTemplate(b.name), b.key.Public()), sub.cert.Raw, b.a.root.cert.Raw)
}

// instanceAsIssuer uses the certificate and key of an instance that the attacker owns as
// if they were a CA's.
func (b bad) instanceAsIssuer() tls.Certificate {
	own := b.a.sub.issue(leafTemplate(b.otherHost()), b.key.Public())
	issuer := signer{mustParse(own), b.key}
	return certificate(b.key, issuer.issue(leafTemplate(b.name), b.key.Public()),
		own, b.a.sub.cert.Raw, b.a.root.cert.Raw)
}

// pathLength puts another CA below the intermediate, which has pathlen:0.
func (b bad) pathLength() tls.Certificate {
	below := signer{mustParse(b.a.sub.issue(caTemplate(regionalSubject("Below")), b.key.Public())), b.key}
	return certificate(b.key, below.issue(leafTemplate(b.name), b.key.Public()),
		below.cert.Raw, b.a.sub.cert.Raw, b.a.root.cert.Raw)
}

// bomb sends 40 issuers of one name and one key, each of which could have signed any
// other. Different alternative names keep crypto/x509 from treating them as one.
func (b bad) bomb() tls.Certificate {
	var issuer signer
	var chain [][]byte
	for i := range 40 {
		tmpl := caTemplate(regionalSubject("Bomb"))
		tmpl.DNSNames = []string{fmt.Sprintf("%d.example", i)}
		der := signer{tmpl, b.key}.issue(tmpl, b.key.Public())
		issuer = signer{mustParse(der), b.key}
		chain = append(chain, der)
	}
	leaf := issuer.issue(leafTemplate(b.name), b.key.Public())
	return certificate(b.key, append([][]byte{leaf}, chain...)...)
}

// sizes are cases of certificates that are too large, too many, or have absurd keys.
func (b bad) sizes() []BadLeaf {
	many := b.leaf(func(leaf *x509.Certificate) {
		for i := range 10_000 {
			leaf.DNSNames = append(leaf.DNSNames, fmt.Sprintf("%d.%s", i, b.name))
		}
	})
	junk := b.leaf(nil)
	tmpl := caTemplate(regionalSubject("Junk " + strings.Repeat("junk", 256)))
	der := signer{tmpl, b.key}.issue(tmpl, b.key.Public())
	for range 300 {
		junk.Certificate = append(junk.Certificate, der)
	}
	return []BadLeaf{
		{"10000-names", many},
		{"300-junk-certificates", junk},
		{"rsa-512", b.rsaLeaf(512)},
		{"rsa-768", b.rsaLeaf(768)},
		{"rsa-16384", b.rsaLeaf(16384)},
	}
}

// rsaLeaf is a leaf that claims an RSA key of a size that Go neither generates nor signs
// with. The server signs with another key, but the size must already have been refused.
func (b bad) rsaLeaf(bits int) tls.Certificate {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	pub := &rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537}
	return b.a.chain(b.a.sub.issue(leafTemplate(b.name), pub), cachedKey("attacker", RSA2048))
}
