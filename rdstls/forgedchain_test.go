package rdstls_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"math/big"
	"testing"
	"time"

	"github.com/rdstls/go/rdstls"
)

// forgedChain returns n certificates with RSA keys of 8192 bits, the largest that
// crypto/tls accepts. Each claims to be issued by the subject that they all have, an
// RDS CA, and has a signature of random bytes: nobody has the private keys.
func forgedChain(tb testing.TB, n int) []*x509.Certificate {
	tb.Helper()
	signer, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatal(err)
	}
	subject := pkix.Name{CommonName: "Amazon RDS eu-west-1 Subordinate CA RSA2048 G1.A.1"}
	var chain []*x509.Certificate
	for i := range n {
		modulus, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 8192))
		if err != nil {
			tb.Fatal(err)
		}
		modulus.SetBit(modulus, 8191, 1).SetBit(modulus, 0, 1)
		template := &x509.Certificate{
			SerialNumber: big.NewInt(int64(i)), Subject: subject, Issuer: subject, DNSNames: []string{instance},
			NotBefore: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC), NotAfter: time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC),
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
		}
		der, err := x509.CreateCertificate(rand.Reader, template, template, &rsa.PublicKey{N: modulus, E: 1<<31 - 1}, signer)
		if err != nil {
			tb.Fatal(err)
		}
		chain = append(chain, resigned(tb, der))
	}
	return chain
}

// resigned returns the certificate with a signature of random bytes, as long as that
// of a key of 8192 bits.
func resigned(tb testing.TB, der []byte) *x509.Certificate {
	tb.Helper()
	var certificate struct {
		Content   asn1.RawValue
		Algorithm pkix.AlgorithmIdentifier
		Signature asn1.BitString
	}
	if _, err := asn1.Unmarshal(der, &certificate); err != nil {
		tb.Fatal(err)
	}
	signature := make([]byte, 8192/8)
	_, _ = rand.Read(signature)
	signature[0] = 0 // less than any modulus
	certificate.Signature = asn1.BitString{Bytes: signature, BitLength: 8 * len(signature)}
	der, err := asn1.Marshal(certificate)
	if err != nil {
		tb.Fatal(err)
	}
	forged, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return forged
}

// verifyForged does what crypto/tls does with the chain in a handshake.
func verifyForged(chain []*x509.Certificate) error {
	intermediates := x509.NewCertPool()
	for _, certificate := range chain[1:] {
		intermediates.AddCert(certificate)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{Roots: x509.NewCertPool(), Intermediates: intermediates, DNSName: instance})
	return err
}

// TestDiagnoseForgedChain checks that a chain that is made to cost time is explained.
// TestDiagnoseLongChain checks how much of it is looked at.
func TestDiagnoseForgedChain(t *testing.T) {
	t.Parallel()
	chain := forgedChain(t, 6)
	err := refusal(verifyForged(chain), chain...)
	wantDiagnosis(t, err, rdstls.ReasonNotRDS, "unverified")
	if looked := rdstls.ChainLength(err); looked != 4 {
		t.Errorf("of 6 certificates, %d are looked at, want 4", looked)
	}
}

// BenchmarkDiagnoseForgedChain compares Diagnose of 100 forged certificates with what
// crypto/tls itself spent on them before it refused the server.
func BenchmarkDiagnoseForgedChain(b *testing.B) {
	chain := forgedChain(b, 100)
	err := refusal(verifyForged(chain), chain...)
	b.Run("crypto-tls", func(b *testing.B) {
		for b.Loop() {
			_ = verifyForged(chain)
		}
	})
	b.Run("diagnose", func(b *testing.B) {
		for b.Loop() {
			rdstls.Diagnose(err)
		}
	})
}
