package bundle

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
)

// ParsePool returns a pool of the root certificates in a PEM file. Use it for CAs that this
// package does not embed: those of the China Regions, which AWS publishes as [China's bundle],
// a bundle newer than this version of the module, or a private CA in a test.
//
// It adds each self-signed CA certificate to the pool. A CA certificate that
// another one signed is not a root, and is left out. Servers send their
// intermediates, and an intermediate in the pool would stay trusted after its
// root is withdrawn. Unlike [Pool], it knows nothing of Regions: all roots of
// the file are in the pool, AWS's Beta and Preview roots too. Validity dates
// are checked when a server is verified, not here.
//
// [x509.CertPool.AppendCertsFromPEM] skips what it cannot read. ParsePool returns an error
// instead, which names the block by its number. The file may hold only CERTIFICATE blocks
// without headers, and white space between the blocks. Each certificate must parse and be a
// CA, and at least one must be a root. Of the file, errors quote only the subject of a
// certificate: the file could be a private key that was passed by mistake.
//
// ParsePool verifies each root's own signature, which takes tens of milliseconds for a file as
// large as AWS's: parse the file once, and keep the pool. Certificates with RSA keys of more
// than 8192 bits are refused, as crypto/tls refuses them, because verifying one takes seconds.
//
// [China's bundle]: https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/global/global-bundle.pem
func ParsePool(pem []byte) (*x509.CertPool, error) {
	if bytes.HasPrefix(pem, []byte("\xef\xbb\xbf")) {
		return nil, errors.New("bundle: block 1: the file starts with a UTF-8 byte order mark; save it without one")
	}
	pool := x509.NewCertPool()
	blocks, roots := 0, 0
	for rest := trimSpace(pem); len(rest) > 0; rest = trimSpace(rest) {
		blocks++
		var text []byte
		var err error
		if text, rest, err = cutBlock(rest); err != nil {
			return nil, fmt.Errorf("bundle: block %d: %w", blocks, err)
		}
		cert, err := parseBlock(text)
		if err != nil {
			return nil, fmt.Errorf("bundle: block %d: %w", blocks, err)
		}
		root, err := isRoot(cert)
		if err != nil {
			return nil, fmt.Errorf("bundle: block %d: %q %w", blocks, cert.Subject, err)
		}
		if root {
			pool.AddCert(cert)
			roots++
		}
	}
	switch {
	case blocks == 0:
		return nil, errors.New("bundle: the file is empty")
	case roots == 0:
		return nil, fmt.Errorf("bundle: none of the file's %d certificates is a root: all are signed by another", blocks)
	}
	return pool, nil
}

// trimSpace returns text from its first byte on that is not white space of an ASCII file.
func trimSpace(text []byte) []byte {
	return bytes.TrimLeft(text, " \t\r\n")
}

// cutBlock splits text after its first PEM block, with which it must begin. It only finds the
// lines that delimit the block; what is between them is for parseBlock. It exists because
// encoding/pem skips whatever it cannot read, without a word, on the way to the next block.
func cutBlock(text []byte) (block, rest []byte, err error) {
	const begin, end = "-----BEGIN", "\n-----END"
	if !bytes.HasPrefix(text, []byte(begin)) {
		return nil, nil, errors.New("text that is not PEM stands before it")
	}
	i := bytes.Index(text, []byte(end))
	if i < 0 {
		return nil, nil, errors.New("its END line is missing")
	}
	if bytes.Contains(text[len(begin):i], []byte(begin)) {
		return nil, nil, errors.New("another block begins before its END line")
	}
	n := i + len(end)
	if j := bytes.IndexByte(text[n:], '\n'); j >= 0 {
		n += j + 1
	} else {
		n = len(text)
	}
	return text[:n], text[n:], nil
}

// parseBlock returns the certificate in the PEM block that is the whole of text.
func parseBlock(text []byte) (*x509.Certificate, error) {
	block, rest := pem.Decode(text)
	switch {
	case block == nil || len(rest) != 0:
		return nil, errors.New("malformed PEM")
	case strings.HasSuffix(block.Type, "PRIVATE KEY"):
		return nil, errors.New("a private key, not a certificate")
	case block.Type != "CERTIFICATE":
		// The type is text of the file too, and not repeated.
		return nil, errors.New("not of type CERTIFICATE")
	case len(block.Headers) != 0:
		return nil, errors.New("has PEM headers, which a certificate has not")
	case len(block.Bytes) > maxCertificateSize:
		return nil, fmt.Errorf("is larger than %d bytes", maxCertificateSize)
	}
	return x509.ParseCertificate(block.Bytes)
}

// maxCertificateSize is ten times the size of a root with an RSA key of 8192 bits. The time
// to print a subject grows with the square of its length (crypto/x509/pkix,
// RDNSequence.String, Go 1.26): a certificate of a megabyte takes a minute.
const maxCertificateSize = 20 << 10

// maxRSABits is the limit of crypto/tls for the keys of servers (Go 1.26,
// crypto/tls/handshake_client.go, checkKeySize).
const maxRSABits = 8192

// isRoot reports whether cert, which must be a CA's, is signed by itself.
func isRoot(cert *x509.Certificate) (bool, error) {
	if !cert.BasicConstraintsValid || !cert.IsCA {
		return false, errors.New("is not a CA certificate")
	}
	if key, ok := cert.PublicKey.(*rsa.PublicKey); ok && key.N.BitLen() > maxRSABits {
		return false, fmt.Errorf("has an RSA key of more than %d bits", maxRSABits)
	}
	// KeyUsage is optional and 0 if absent (RFC 5280, Section 4.2.1.3).
	if cert.KeyUsage != 0 && cert.KeyUsage&x509.KeyUsageCertSign == 0 {
		return false, errors.New("is a CA certificate whose key usage does not allow to sign certificates")
	}
	if !bytes.Equal(cert.RawSubject, cert.RawIssuer) {
		return false, nil
	}
	err := cert.CheckSignature(cert.SignatureAlgorithm, cert.RawTBSCertificate, cert.Signature)
	if err == nil {
		return true, nil
	}
	// A CA that changes its key may sign the new one with the old, under the same name
	// (self-issued, RFC 5280, Section 3.2). That is no root, and no damage either.
	if len(cert.AuthorityKeyId) > 0 && !bytes.Equal(cert.AuthorityKeyId, cert.SubjectKeyId) {
		return false, nil
	}
	return false, fmt.Errorf("names itself as its issuer, but its signature does not verify: %w", err)
}
