package testcerts

import (
	"crypto/tls"
	"crypto/x509/pkix"
	"encoding/asn1"
	"fmt"
)

// md5Leaf is the right leaf, but it says that it was signed with RSA and MD5. What it has
// for a signature is not one, which is never looked at: crypto/x509 neither makes nor
// verifies such signatures.
func (b bad) md5Leaf() tls.Certificate {
	cert := b.leaf(nil)
	var certificate struct {
		TBS       asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	mustUnmarshal(cert.Certificate[0], &certificate)

	// The algorithm is named twice, and must be the same (RFC 5280, Section 4.1.1.2). In
	// the part that is signed it comes third, behind the version and the serial number.
	certificate.Algorithm = pkix.AlgorithmIdentifier{
		Algorithm:  asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 1, 4}, // md5WithRSAEncryption
		Parameters: asn1.NullRawValue,
	}
	var fields []asn1.RawValue
	mustUnmarshal(certificate.TBS.FullBytes, &fields)
	fields[2] = asn1.RawValue{FullBytes: mustMarshal(certificate.Algorithm)}
	certificate.TBS = asn1.RawValue{FullBytes: mustMarshal(fields)}
	cert.Certificate[0] = mustMarshal(certificate)
	return cert
}

func mustUnmarshal(der []byte, to any) {
	if _, err := asn1.Unmarshal(der, to); err != nil {
		panic(fmt.Sprintf("testcerts: %T: %v", to, err))
	}
}

func mustMarshal(from any) []byte {
	der, err := asn1.Marshal(from)
	if err != nil {
		panic(fmt.Sprintf("testcerts: %T: %v", from, err))
	}
	return der
}
