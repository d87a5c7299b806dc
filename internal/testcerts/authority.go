// Package testcerts makes certificates shaped like those of Amazon RDS, in memory: a
// Region's root, the Subordinate CA under it, and the certificates of instances, clusters
// and proxies. [Bad] makes the certificates that must be refused.
//
// It serves tests and the quickstart demonstration, so it does not import testing. What
// it is asked to make can fail only through a bug in this package or in its caller, and
// it then panics: an error result would be noise in every test.
//
// Certificates are valid from 2000 to 2100, so that servers that use the machine's clock
// accept them and no test depends on today's date.
package testcerts

import (
	"crypto"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"slices"
	"sync"
)

// KeyType is the kind of key that a CA and its certificates have. The names are
// those of RDS's certificate authorities (rds-ca-rsa2048-g1, rds-ca-ecc384-g1).
type KeyType string

// The key types that a CA can have. RDS also has RSA4096, left out because a test
// would learn nothing from it and wait seconds for its keys.
const (
	RSA2048 KeyType = "RSA2048"
	ECC384  KeyType = "ECC384"
)

// An Authority is a root and one subordinate under it. It is immutable and safe for
// concurrent use.
type Authority struct {
	name    string // distinguishes the keys of CAs
	keyType KeyType
	root    signer
	sub     signer
}

// authorities holds the CA of each name, made once per process: RSA keys are slow
// to generate, above all with the race detector.
var authorities sync.Map // string → func() *Authority

// New returns the CA of a Region: the root "Amazon RDS <region> Root
// CA <key> G1" and the subordinate "Amazon RDS <region> Subordinate CA <key> G1.A.1".
//
// As there is one such CA in the world, calls with the same arguments return the
// same one. [Authority.Impostor] makes another of the same name.
func New(region string, key KeyType) *Authority {
	prefix := "Amazon RDS " + region
	return authority(string(key)+" "+region, key,
		regionalSubject(prefix+" Root CA "+string(key)+" G1"),
		regionalSubject(prefix+" Subordinate CA "+string(key)+" G1.A.1"))
}

// NewAmazonTrust returns a CA shaped like the one that RDS Proxy uses, "Amazon
// RSA 2048 M01" under "Amazon Root CA 1" of Amazon Trust Services. Like [New], it always
// returns the same one. [Authority.Proxy] issues a proxy's certificate.
func NewAmazonTrust() *Authority {
	subject := func(cn string) []byte {
		return rawSubject(pkix.Name{Country: []string{"US"}, Organization: []string{"Amazon"}, CommonName: cn})
	}
	return authority("Amazon Trust Services", RSA2048,
		subject("Amazon Root CA 1"), subject("Amazon RSA 2048 M01"))
}

func authority(name string, key KeyType, root, sub []byte) *Authority {
	return cachedAuthority(name, key, func() (*x509.Certificate, *x509.Certificate) {
		return caTemplate(root), caTemplate(sub)
	})
}

// Impostor returns a CA that has the subjects and key identifiers of a, and other
// keys: what an attacker can copy of a published root.
func (a *Authority) Impostor() *Authority {
	return cachedAuthority("impostor of "+a.name, a.keyType, func() (*x509.Certificate, *x509.Certificate) {
		root, sub := caTemplate(a.root.cert.RawSubject), caTemplate(a.sub.cert.RawSubject)
		root.SubjectKeyId, sub.SubjectKeyId = a.root.cert.SubjectKeyId, a.sub.cert.SubjectKeyId
		return root, sub
	})
}

func cachedAuthority(name string, key KeyType, templates func() (root, sub *x509.Certificate)) *Authority {
	once := sync.OnceValue(func() *Authority {
		root, sub := templates()
		return build(name, key, root, sub)
	})
	got, _ := authorities.LoadOrStore(name, once)
	return got.(func() *Authority)()
}

func build(name string, key KeyType, root, sub *x509.Certificate) *Authority {
	a := &Authority{name: name, keyType: key}
	rootKey, subKey := generateKey(key), generateKey(key)
	a.root = signer{mustParse(signer{root, rootKey}.issue(root, rootKey.Public())), rootKey}
	// RDS's subordinates may issue certificates of servers only (pathlen:0).
	sub.MaxPathLenZero = true
	a.sub = signer{mustParse(a.root.issue(sub, subKey.Public())), subKey}
	return a
}

// Root returns the root certificate.
func (a *Authority) Root() *x509.Certificate { return a.root.cert }

// Pool returns a new pool that holds the root alone.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.root.cert)
	return pool
}

// PEM returns the root alone, as a PEM file.
func (a *Authority) PEM() []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.root.cert.Raw})
}

// chain is what an RDS server sends: its certificate, the subordinate and the root. That
// the root is among them must not make a client trust it.
func (a *Authority) chain(leaf []byte, key crypto.Signer) tls.Certificate {
	return certificate(key, leaf, a.sub.cert.Raw, a.root.cert.Raw)
}

// certificate puts a chain together. The slices are copied, because callers may edit them.
func certificate(key crypto.Signer, chain ...[]byte) tls.Certificate {
	cert := tls.Certificate{PrivateKey: key}
	for _, der := range chain {
		cert.Certificate = append(cert.Certificate, slices.Clone(der))
	}
	return cert
}
