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
	name  string         // that the server must have; if empty, crypto/tls has checked it
	roots *x509.CertPool // in one of which a chain must end

	now  func() time.Time                // tls.Config.Time; nil means time.Now
	next func(tls.ConnectionState) error // the caller's own VerifyConnection, or nil
}

// verify refuses a connection over an old version of TLS, one without a chain that
// ends in v.roots, and a server that is not called v.name.
func (v verification) verify(cs tls.ConnectionState) error {
	// MinVersion can be lowered after the configuration was made. No connection has
	// the version 0; a ConnectionState that a program made itself may.
	if cs.Version != 0 && cs.Version < tls.VersionTLS12 {
		return fmt.Errorf("rdstls: VerifyConnection: %w: the connection uses %s; MinVersion must stay TLS 1.2 or later",
			ErrUnverified, tls.VersionName(cs.Version))
	}
	// The chains of a resumed session are those of the full handshake before it.
	if len(cs.VerifiedChains) == 0 || len(cs.PeerCertificates) == 0 {
		return fmt.Errorf("rdstls: VerifyConnection: %w: no verified certificate chain; InsecureSkipVerify must stay unset", ErrUnverified)
	}
	if v.name != "" {
		if err := cs.PeerCertificates[0].VerifyHostname(v.name); err != nil {
			return fmt.Errorf("rdstls: VerifyConnection: %w: ServerName must stay %q: %w", ErrUnverified, v.name, onOneLine{err})
		}
	}
	if !v.anyChainEndsInRoots(cs.VerifiedChains) {
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

// anyChainEndsInRoots guards against a change of RootCAs, and against a session
// resumed under other roots or after its chain expired: Go before 1.25.7 did
// not check that (CVE-2025-68121).
func (v verification) anyChainEndsInRoots(chains [][]*x509.Certificate) bool {
	at := v.time()
	for _, chain := range chains {
		if len(chain) > 0 && validAt(chain, at) && isRoot(chain[len(chain)-1], v.roots, at) {
			return true
		}
	}
	return false
}

// time returns the time of the check. crypto/x509 takes the zero time for now, so a
// clock that returns it must mean the same here.
func (v verification) time() time.Time {
	if v.now != nil {
		if at := v.now(); !at.IsZero() {
			return at
		}
	}
	return time.Now()
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
	_, err := cert.Verify(x509.VerifyOptions{Roots: roots, CurrentTime: at})
	return err == nil
}
