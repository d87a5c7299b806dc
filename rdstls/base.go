package rdstls

import (
	"crypto/tls"
	"errors"
	"fmt"
	"slices"
)

var errRefused = errors.New("setting is refused")

// Why a setting is refused.
const (
	reasonExposed   = "it would let others read the connection; leave it unset"
	reasonResumed   = "it does not run on resumed sessions; use VerifyConnection"
	reasonVersions  = "it is below MinVersion"
	reasonServer    = "it belongs to servers; leave it unset"
	reasonECH       = "it can send the connection to another name; leave it unset"
	reasonOtherName = "it is not the name that must be verified; use Options.ServerName"
	reasonOldTLS    = "TLS 1.0 and 1.1 do not protect the handshake; use at least TLS 1.2"
	reasonSkip      = "it accepts any certificate"
	reasonRoots     = "it decides whom to trust; use Options.Roots"
)

func unverified(why string) error { return fmt.Errorf("%w: %s", ErrUnverified, why) }

// fromBase returns a clone of base, which may be nil, for connections to name.
// An empty name means that the driver sets it.
func fromBase(base *tls.Config, name string) (*tls.Config, error) {
	if base == nil {
		return &tls.Config{ServerName: name, MinVersion: tls.VersionTLS12}, nil
	}
	for _, refused := range [...]struct {
		field  string
		set    bool
		reason error
		why    string
	}{
		{"InsecureSkipVerify", base.InsecureSkipVerify, ErrUnverified, reasonSkip},
		{"RootCAs", base.RootCAs != nil, ErrUnverified, reasonRoots},
		{"ServerName", base.ServerName != "" && !sameName(base.ServerName, name), ErrUnverified, reasonOtherName},
		{"MaxVersion", base.MaxVersion != 0 && base.MaxVersion < tls.VersionTLS12, ErrUnverified, reasonOldTLS},
		{"MaxVersion", base.MaxVersion != 0 && base.MaxVersion < base.MinVersion, errRefused, reasonVersions},
		{"VerifyPeerCertificate", base.VerifyPeerCertificate != nil, ErrUnverified, reasonResumed},
		{"KeyLogWriter", base.KeyLogWriter != nil, errRefused, reasonExposed},
		{"Rand", base.Rand != nil, errRefused, reasonExposed},
		{"EncryptedClientHelloConfigList", base.EncryptedClientHelloConfigList != nil, errRefused, reasonECH},
		{"EncryptedClientHelloRejectionVerify", base.EncryptedClientHelloRejectionVerify != nil, errRefused, reasonECH},
		{"EncryptedClientHelloKeys", base.EncryptedClientHelloKeys != nil, errRefused, reasonServer},
	} {
		if refused.set {
			return nil, &ConfigError{Setting: "Base." + refused.field, Err: fmt.Errorf("%w: %s", refused.reason, refused.why)}
		}
	}
	cfg := base.Clone()
	// Clone shares these, and Options are read once.
	cfg.Certificates = cloneCertificates(base.Certificates)
	cfg.CipherSuites = slices.Clone(base.CipherSuites)
	cfg.CurvePreferences = slices.Clone(base.CurvePreferences)
	cfg.NextProtos = slices.Clone(base.NextProtos)
	cfg.ServerName = name
	cfg.MinVersion = max(base.MinVersion, tls.VersionTLS12)
	return cfg, nil
}

func cloneCertificates(certificates []tls.Certificate) []tls.Certificate {
	cloned := slices.Clone(certificates)
	for i := range cloned {
		cloned[i].Certificate = slices.Clone(cloned[i].Certificate)
	}
	return cloned
}

func sameName(a, b string) bool {
	canonical, err := canonicalName(a)
	return err == nil && canonical == b
}
