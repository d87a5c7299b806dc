package adapter

import (
	"crypto/tls"
	"crypto/x509"
	"slices"

	"github.com/rdstls/go/rdstls"
)

// A VerifyFunc is a VerifyConnection of a tls.Config.
type VerifyFunc = func(tls.ConnectionState) error

// hooks are what the VerifyConnection of a configuration runs, in this order.
//
// Functions cannot be compared, so a configuration that is configured again keeps
// the VerifyConnection that it had, be it the caller's, this module's, or the
// caller's around this module's. An earlier hooks sees in the connection state
// that a newer one has verified the server. It then runs only what it carried:
// its own name and roots may be others.
type hooks struct {
	own     VerifyFunc // this module's
	base    VerifyFunc // of Options.Base
	carried VerifyFunc // of the configuration that was replaced
}

// Profile makes build's configuration known to ForServer, which then replaces it,
// except the VerifyConnection of opts.Base.
func Profile(opts *rdstls.Options, build func(*rdstls.Options) (*tls.Config, error)) (*tls.Config, error) {
	var o rdstls.Options
	if opts != nil {
		o = *opts
	}
	h := &hooks{}
	if o.Base != nil {
		o.Base = o.Base.Clone()
		h.carried, o.Base.VerifyConnection = o.Base.VerifyConnection, nil
	}
	cfg, err := build(&o)
	if err != nil {
		return nil, err
	}
	h.own, cfg.VerifyConnection = cfg.VerifyConnection, h.verify
	return cfg, nil
}

func (h *hooks) verify(cs tls.ConnectionState) error {
	if isVerified(cs) {
		return runAll(cs, h.carried)
	}
	if err := runAll(cs, h.own, h.base); err != nil {
		return err
	}
	return runAll(markVerified(cs), h.carried)
}

// &verifiedMark marks the states of connections that a hooks has verified. A
// ConnectionState has no field for that. The mark is behind the end of
// PeerCertificates, where nobody looks and which a caller's hook passes on.
var verifiedMark x509.Certificate

func markVerified(cs tls.ConnectionState) tls.ConnectionState {
	n := len(cs.PeerCertificates)
	cs.PeerCertificates = append(slices.Clip(cs.PeerCertificates), &verifiedMark)[:n]
	return cs
}

func isVerified(cs tls.ConnectionState) bool {
	certs := cs.PeerCertificates
	return len(certs) > 0 && cap(certs) > len(certs) && certs[:len(certs)+1][len(certs)] == &verifiedMark
}

// runAll runs fs, except the nil ones, up to the first error.
func runAll(cs tls.ConnectionState, fs ...VerifyFunc) error {
	for _, f := range fs {
		if f == nil {
			continue
		}
		if err := f(cs); err != nil {
			return err
		}
	}
	return nil
}
