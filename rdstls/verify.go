package rdstls

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"
)

// A verification repeats, in VerifyConnection, the checks that crypto/tls made,
// against a name and roots that were captured when the configuration was made.
// It can only refuse. crypto/tls runs VerifyConnection even where it verifies
// nothing, because InsecureSkipVerify was set, and on resumed sessions.
type verification struct {
	now  func() time.Time                // tls.Config.Time; nil means time.Now
	next func(tls.ConnectionState) error // the caller's own VerifyConnection, or nil
}

// verify refuses a connection that did not end in roots or, unless name is
// empty, whose server is not called name.
func (v verification) verify(cs tls.ConnectionState, name string, roots *x509.CertPool) error {
	// The chains of a resumed session are those of the full handshake before it.
	if len(cs.VerifiedChains) == 0 || len(cs.PeerCertificates) == 0 {
		return fmt.Errorf("rdstls: VerifyConnection: %w: no verified certificate chain; InsecureSkipVerify must stay unset", ErrUnverified)
	}
	if name != "" {
		if err := cs.PeerCertificates[0].VerifyHostname(name); err != nil {
			return fmt.Errorf("rdstls: VerifyConnection: %w: ServerName must stay %q: %w", ErrUnverified, name, onOneLine{err})
		}
	}
	if !v.anyChainEndsIn(cs.VerifiedChains, roots) {
		// Of this type so that Diagnose can tell who vouched for the server.
		return &tls.CertificateVerificationError{
			UnverifiedCertificates: cs.PeerCertificates,
			Err:                    fmt.Errorf("rdstls: VerifyConnection: %w: no chain that is valid now ends in a root trusted for this endpoint", ErrUnverified),
		}
	}
	if v.next != nil {
		return v.next(cs)
	}
	return nil
}

// anyChainEndsIn guards against a change of RootCAs, and against a session
// resumed under other roots or after its chain expired: Go before 1.25.7 did
// not check that (CVE-2025-68121).
func (v verification) anyChainEndsIn(chains [][]*x509.Certificate, roots *x509.CertPool) bool {
	now := time.Now
	if v.now != nil {
		now = v.now
	}
	at := now()
	for _, chain := range chains {
		if len(chain) > 0 && validAt(chain, at) && isRoot(chain[len(chain)-1], roots, at) {
			return true
		}
	}
	return false
}

func validAt(chain []*x509.Certificate, at time.Time) bool {
	for _, cert := range chain {
		if at.Before(cert.NotBefore) || at.After(cert.NotAfter) {
			return false
		}
	}
	return true
}

// isRoot reports whether cert is in roots. CertPool has no such method, but a
// certificate of the pool is its own chain, found by digest without a check of
// signatures; one that is not in the pool still passes only if a root of the
// pool signed it.
func isRoot(cert *x509.Certificate, roots *x509.CertPool, at time.Time) bool {
	_, err := cert.Verify(x509.VerifyOptions{
		Roots:       roots,
		CurrentTime: at,
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil
}
