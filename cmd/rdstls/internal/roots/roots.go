// Package roots names the CAs that the bundle embeds.
package roots

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"fmt"
	"regexp"
	"strings"
)

// AmazonTrust is the id of the CAs of RDS Proxy.
const AmazonTrust = "amazon-trust"

var subject = regexp.MustCompile(`^Amazon RDS (\S+) Root CA (RSA2048|RSA4096|ECC384) G(\d)$`)

// ID returns what RDS calls a root in its API, such as "rds-ca-rsa2048-g1", and "" if
// the subject is none of RDS.
func ID(c *x509.Certificate) string {
	m := subject.FindStringSubmatch(c.Subject.CommonName)
	if m == nil {
		return ""
	}
	return "rds-ca-" + strings.ToLower(m[2]) + "-g" + m[3]
}

// Digest returns the SHA-256 digest of a certificate, in hexadecimal.
func Digest(c *x509.Certificate) string {
	sum := sha256.Sum256(c.Raw)
	return hex.EncodeToString(sum[:])
}

// Key returns the kind of a certificate's key, such as "RSA 2048" or "ECDSA P-384".
func Key(c *x509.Certificate) string {
	switch key := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", key.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + key.Curve.Params().Name
	case ed25519.PublicKey:
		return "Ed25519"
	}
	return c.PublicKeyAlgorithm.String()
}
