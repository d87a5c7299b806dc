package testcerts

import (
	"crypto"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
	"strings"
	"time"
)

// validFrom and validTo bound every certificate that is not made to be outside its time.
var (
	validFrom = time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)
	validTo   = time.Date(2100, time.January, 1, 0, 0, 0, 0, time.UTC)
)

// Instance returns the certificate of a DB instance: its endpoint is the common name and
// the only alternative name.
func (a *Authority) Instance(endpoint string) tls.Certificate {
	return a.Leaf(nil, endpoint)
}

// AuroraInstance returns the certificate of an instance of an Aurora cluster. The common
// name is the instance's endpoint; the alternative names are those of the cluster, its
// reader, the instance, and more (custom endpoints).
func (a *Authority) AuroraInstance(instance, cluster, reader string, more ...string) tls.Certificate {
	return a.Leaf(func(leaf *x509.Certificate) {
		leaf.DNSNames = append([]string{cluster, reader, instance}, more...)
	}, instance)
}

// Proxy returns the certificate of an RDS Proxy, given its endpoint: a wildcard for all
// names beside it, "*.proxy-<xyz>.<region>.rds.amazonaws.com".
func (a *Authority) Proxy(endpoint string) tls.Certificate {
	_, parent, ok := strings.Cut(endpoint, ".")
	if !ok {
		panic(fmt.Sprintf("testcerts: proxy endpoint %q has one label", endpoint))
	}
	wildcard := "*." + parent
	return a.Leaf(func(leaf *x509.Certificate) {
		leaf.Subject = pkix.Name{CommonName: wildcard}
	}, wildcard)
}

// Leaf returns a server's certificate with its chain. The first of names is the common
// name, and all are alternative names. If edit is not nil, it can change the template
// before the subordinate signs it: the validity, for example, or the key usage.
func (a *Authority) Leaf(edit func(leaf *x509.Certificate), names ...string) tls.Certificate {
	key := cachedKey("leaf", a.keyType)
	cert := a.chain(a.sub.issue(edited(leafTemplate(names...), edit), key.Public()), key)
	cert.Leaf, _ = x509.ParseCertificate(cert.Certificate[0]) // nil if edit made it unparsable
	return cert
}

func edited(tmpl *x509.Certificate, edit func(*x509.Certificate)) *x509.Certificate {
	if edit != nil {
		edit(tmpl)
	}
	return tmpl
}

// A signer is a certificate with its private key.
type signer struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// issue returns a certificate for pub, signed by s, in DER form.
func (s signer) issue(tmpl *x509.Certificate, pub crypto.PublicKey) []byte {
	if len(tmpl.SubjectKeyId) == 0 {
		// RDS's leaves have a key identifier; crypto/x509 adds one to CAs only.
		tmpl.SubjectKeyId = keyID(pub)
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, s.cert, pub, s.key)
	if err != nil {
		panic(fmt.Sprintf("testcerts: certificate for %q: %v", tmpl.Subject.CommonName, err))
	}
	return der
}

// keyID follows RFC 7093, Section 2, method 1.
func keyID(pub crypto.PublicKey) []byte {
	der, err := x509.MarshalPKIXPublicKey(pub)
	if err != nil {
		panic(fmt.Sprintf("testcerts: public key: %v", err))
	}
	sum := sha256.Sum256(der)
	return sum[:20]
}

func mustParse(der []byte) *x509.Certificate {
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		panic(fmt.Sprintf("testcerts: certificate: %v", err))
	}
	return cert
}

func caTemplate(subject []byte) *x509.Certificate {
	return &x509.Certificate{
		RawSubject:            subject,
		NotBefore:             validFrom,
		NotAfter:              validTo,
		BasicConstraintsValid: true,
		IsCA:                  true,
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
	}
}

func leafTemplate(names ...string) *x509.Certificate {
	if len(names) == 0 {
		panic("testcerts: a server's certificate needs a name")
	}
	return &x509.Certificate{
		// The common name of a long endpoint exceeds the 64 characters of RFC 5280,
		// Appendix A.1; RDS's certificates do so too.
		Subject: pkix.Name{
			Country: []string{"US"}, Province: []string{"Washington"}, Locality: []string{"Seattle"},
			Organization: []string{"Amazon.com"}, OrganizationalUnit: []string{"RDS"}, CommonName: names[0],
		},
		NotBefore:             validFrom,
		NotAfter:              validTo,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:              names,
	}
}

// regionalSubject has the order and the string types of the subjects in AWS's
// global-bundle.pem, which [pkix.Name] would not keep.
func regionalSubject(commonName string) []byte {
	utf8 := func(s string) asn1.RawValue {
		return asn1.RawValue{Tag: asn1.TagUTF8String, Bytes: []byte(s)}
	}
	var seq pkix.RDNSequence
	for _, attr := range []pkix.AttributeTypeAndValue{
		{Type: asn1.ObjectIdentifier{2, 5, 4, 6}, Value: "US"},
		{Type: asn1.ObjectIdentifier{2, 5, 4, 10}, Value: utf8("Amazon Web Services, Inc.")},
		{Type: asn1.ObjectIdentifier{2, 5, 4, 11}, Value: utf8("Amazon RDS")},
		{Type: asn1.ObjectIdentifier{2, 5, 4, 8}, Value: utf8("WA")},
		{Type: asn1.ObjectIdentifier{2, 5, 4, 3}, Value: utf8(commonName)},
		{Type: asn1.ObjectIdentifier{2, 5, 4, 7}, Value: utf8("Seattle")},
	} {
		seq = append(seq, pkix.RelativeDistinguishedNameSET{attr})
	}
	return marshalSubject(seq)
}

func rawSubject(name pkix.Name) []byte { return marshalSubject(name.ToRDNSequence()) }

func marshalSubject(seq pkix.RDNSequence) []byte {
	der, err := asn1.Marshal(seq)
	if err != nil {
		panic(fmt.Sprintf("testcerts: subject %v: %v", seq, err))
	}
	return der
}
