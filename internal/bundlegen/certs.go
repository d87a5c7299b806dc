package main

import (
	"bytes"
	"crypto/sha256"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
)

// A certificate is one of a PEM file.
type certificate struct {
	cert   *x509.Certificate
	digest [sha256.Size]byte // of the DER encoding
	text   []byte            // the PEM block, with its last line break
	offset int               // of the block in the file
}

// parseFile returns the certificates of a PEM file, in its order.
//
// It accepts the canonical encoding alone, which is what AWS's files have been so far: each
// block must be what encoding/pem makes of its contents. So there is nothing in a file that
// it overlooks, as encoding/pem by itself would overlook a block that it cannot read.
func parseFile(text []byte) ([]certificate, error) {
	var certs []certificate
	seen := make(map[[sha256.Size]byte]int)
	for offset := 0; ; {
		offset += len(text[offset:]) - len(bytes.TrimLeft(text[offset:], "\r\n"))
		if offset == len(text) {
			break
		}
		n := len(certs) + 1
		c, err := parseBlock(text[offset:])
		if err != nil {
			return nil, fmt.Errorf("block %d: %w", n, err)
		}
		if first := seen[c.digest]; first != 0 {
			return nil, fmt.Errorf("block %d: %q is block %d again", n, c.cert.Subject, first)
		}
		seen[c.digest] = n
		c.offset = offset
		certs = append(certs, c)
		offset += len(c.text)
	}
	if len(certs) == 0 {
		return nil, errors.New("no certificates")
	}
	return certs, nil
}

// parseBlock returns the certificate whose PEM block text begins with.
func parseBlock(text []byte) (certificate, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return certificate{}, errors.New("not PEM")
	}
	if block.Type != "CERTIFICATE" || len(block.Headers) > 0 {
		return certificate{}, errors.New("not a plain CERTIFICATE block")
	}
	canonical := pem.EncodeToMemory(block)
	if len(text) == len(canonical)-1 {
		canonical = bytes.TrimSuffix(canonical, []byte("\n")) // the file may end without
	}
	if !bytes.HasPrefix(text, canonical) {
		return certificate{}, errors.New("not in canonical PEM, or not where the block before it ends")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return certificate{}, err
	}
	return certificate{
		cert:   cert,
		digest: sha256.Sum256(block.Bytes),
		text:   text[:len(canonical)],
	}, nil
}

// checkCA returns why c is not a CA certificate that may sign others.
func (c *certificate) checkCA() error {
	if !c.cert.BasicConstraintsValid || !c.cert.IsCA || c.cert.KeyUsage&x509.KeyUsageCertSign == 0 {
		return fmt.Errorf("%q is not a CA certificate", c.cert.Subject)
	}
	return nil
}

// selfSigned reports whether c is signed by its own key.
func (c *certificate) selfSigned() bool {
	return bytes.Equal(c.cert.RawSubject, c.cert.RawIssuer) &&
		c.cert.CheckSignature(c.cert.SignatureAlgorithm, c.cert.RawTBSCertificate, c.cert.Signature) == nil
}
