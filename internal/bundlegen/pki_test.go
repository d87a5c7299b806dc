package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"testing"
	"time"
)

// A ca is a certificate made in memory, with its key.
type ca struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

// rdsName returns the subject that AWS's roots have.
func rdsName(commonName string) pkix.Name {
	return pkix.Name{
		CommonName:         commonName,
		OrganizationalUnit: []string{"Amazon RDS"},
		Organization:       []string{"Amazon Web Services, Inc."},
		Locality:           []string{"Seattle"},
		Province:           []string{"WA"},
		Country:            []string{"US"},
	}
}

// newRoot returns a root with a subject like AWS's.
func newRoot(tb testing.TB, commonName string) ca {
	return newCert(tb, rdsName(commonName), ca{}, nil)
}

// newCert returns a CA certificate as changed by edit, signed by parent, or by itself if
// parent is zero.
func newCert(tb testing.TB, name pkix.Name, parent ca, edit func(template *x509.Certificate)) ca {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		tb.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               name,
		NotBefore:             time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC),
		NotAfter:              time.Date(2130, 1, 1, 0, 0, 0, 0, time.UTC),
		BasicConstraintsValid: true,
		IsCA:                  true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	if edit != nil {
		edit(template)
	}
	if parent.cert == nil {
		parent = ca{template, key}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent.cert, key.Public(), parent.key)
	if err != nil {
		tb.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		tb.Fatal(err)
	}
	return ca{cert, key}
}

// pemOf returns the certificates as a PEM file.
func pemOf(cas ...ca) []byte {
	var b bytes.Buffer
	for _, c := range cas {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.cert.Raw}))
	}
	return b.Bytes()
}
