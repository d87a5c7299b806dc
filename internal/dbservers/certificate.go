package dbservers

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"slices"
)

// Files of a server's directory.
const (
	chainFile = "server.crt"
	keyFile   = "server.key"
	caFile    = "ca.crt"
)

// obsoleteCiphers lets OpenSSL 3 speak TLS 1.0 and 1.1, whose handshakes hash
// with SHA-1 (https://docs.openssl.org/3.0/man3/SSL_CTX_set_security_level/).
const obsoleteCiphers = "DEFAULT@SECLEVEL=0"

func (s *Server) writeCertificate(chain, key []byte) error {
	if s.options.CA != nil {
		ca := s.options.CA
		if s.Kind == MySQL {
			// ALTER INSTANCE RELOAD TLS looks for the intermediates of the new
			// certificate there, and not beside it (MySQL 9.7: "Invalid certificates").
			_, intermediates := pem.Decode(chain)
			ca = slices.Concat(ca, intermediates)
		}
		if err := s.account.writeFile(s.file(caFile), ca, 0o644); err != nil {
			return err
		}
	}
	if err := s.account.writeFile(s.file(chainFile), chain, 0o644); err != nil {
		return err
	}
	return s.account.writeFile(s.file(keyFile), key, 0o600)
}

// Rotate gives the running server another certificate, as RDS does when it
// renews one: without a restart, and without ending a connection. When it
// returns nil, every new connection is presented the new certificate.
func (s *Server) Rotate(chain, key []byte) error {
	s.rotating.Lock()
	defer s.rotating.Unlock()
	if err := s.rotate(chain, key); err != nil {
		return fmt.Errorf("dbservers: rotate the certificate of %s: %w\n%s", s.Name(), err, s.Log())
	}
	return nil
}

func (s *Server) rotate(chain, key []byte) error {
	if !s.hasTLS() {
		return errors.New("server has none")
	}
	block, _ := pem.Decode(chain)
	if block == nil {
		return errors.New("new chain is not PEM")
	}
	if err := s.writeCertificate(chain, key); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), rotateTimeout)
	defer cancel()
	if err := s.engine.reload(ctx, s); err != nil {
		return err
	}
	return s.poll(ctx, func(ctx context.Context) error {
		leaf, err := presentedLeaf(ctx, s)
		if err == nil && !bytes.Equal(leaf, block.Bytes) {
			err = errors.New("server still presents the old certificate")
		}
		return err
	})
}

// presentedLeaf returns the certificate that the server presents now.
//
// It does so without a way to trust it: verification against no roots fails,
// and the error carries what could not be verified.
func presentedLeaf(ctx context.Context, s *Server) ([]byte, error) {
	err := s.engine.connect(ctx, s, &tls.Config{
		RootCAs:    x509.NewCertPool(),
		ServerName: s.Host,
		MinVersion: s.options.MinVersion,
	})
	var unverified *tls.CertificateVerificationError
	if !errors.As(err, &unverified) {
		return nil, fmt.Errorf("handshake without a certificate: %w", err)
	}
	return unverified.UnverifiedCertificates[0].Raw, nil
}
