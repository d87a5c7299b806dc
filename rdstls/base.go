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
	whyExposed   = "it would let others read the connection; leave it unset"
	whyResumed   = "it does not run on resumed sessions; use VerifyConnection"
	whyVersions  = "it is below MinVersion"
	whyServer    = "it belongs to servers; leave it unset"
	whyECH       = "it can send the connection to another name; leave it unset"
	whyOtherName = "it is not the name that must be verified; use Options.ServerName"
	whyOldTLS    = "TLS 1.0 and 1.1 do not protect the handshake; use at least TLS 1.2"
	whySkip      = "it accepts any certificate"
	whyRoots     = "it decides whom to trust; use Options.Roots"
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
		{"InsecureSkipVerify", base.InsecureSkipVerify, ErrUnverified, whySkip},
		{"RootCAs", base.RootCAs != nil, ErrUnverified, whyRoots},
		{"ServerName", base.ServerName != "" && !sameName(base.ServerName, name), ErrUnverified, whyOtherName},
		{"MaxVersion", base.MaxVersion != 0 && base.MaxVersion < tls.VersionTLS12, ErrUnverified, whyOldTLS},
		{"MaxVersion", base.MaxVersion != 0 && base.MaxVersion < base.MinVersion, errRefused, whyVersions},
		{"VerifyPeerCertificate", base.VerifyPeerCertificate != nil, ErrUnverified, whyResumed},
		{"KeyLogWriter", base.KeyLogWriter != nil, errRefused, whyExposed},
		{"Rand", base.Rand != nil, errRefused, whyExposed},
		{"EncryptedClientHelloConfigList", base.EncryptedClientHelloConfigList != nil, errRefused, whyECH},
		{"EncryptedClientHelloRejectionVerify", base.EncryptedClientHelloRejectionVerify != nil, errRefused, whyECH},
		{"EncryptedClientHelloKeys", base.EncryptedClientHelloKeys != nil, errRefused, whyServer},
	} {
		if refused.set {
			return nil, &ConfigError{Setting: "Base." + refused.field, Err: fmt.Errorf("%w: %s", refused.reason, refused.why)}
		}
	}
	cfg := base.Clone()
	// Clone shares these, and Options are read once.
	cfg.Certificates = slices.Clone(base.Certificates)
	cfg.CipherSuites = slices.Clone(base.CipherSuites)
	cfg.CurvePreferences = slices.Clone(base.CurvePreferences)
	cfg.NextProtos = slices.Clone(base.NextProtos)
	cfg.ServerName = name
	cfg.MinVersion = max(base.MinVersion, tls.VersionTLS12)
	return cfg, nil
}

func sameName(a, b string) bool {
	canonical, err := canonicalName(a)
	return err == nil && canonical == b
}
