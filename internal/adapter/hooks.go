package adapter

import (
	"crypto/tls"
	"reflect"

	"github.com/rdstls/go/rdstls"
)

// A VerifyFunc is a VerifyConnection of a tls.Config.
type VerifyFunc = func(tls.ConnectionState) error

// hooks are what the VerifyConnection of a configuration runs, in this order.
// They are kept apart so that a driver that is configured a second time gets
// the hook of the caller again and not this module's of the first time, whose
// roots and name may be others.
type hooks struct {
	own     VerifyFunc // this module's
	base    VerifyFunc // of Options.Base
	carried VerifyFunc // of the configuration that was replaced
}

// Profile makes build's configuration known to ForServer, which then replaces it,
// save the VerifyConnection of opts.Base.
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
	if cs.NegotiatedProtocol == whose && len(cs.PeerCertificates) == 0 {
		return h
	}
	return inTurn(cs, h.own, h.base, h.carried)
}

// Error makes hooks the answer to callersHook.
func (h *hooks) Error() string { return "rdstls: no handshake was made" }

// whose is a protocol that cannot be negotiated.
const whose = "\x00rdstls: whose hook is this?"

// callersHook returns the VerifyConnection of cfg that is the caller's own.
// Functions cannot be compared, but all method values of one method share their
// code. Once that is known, it is safe to ask which hooks it belongs to.
func callersHook(cfg *tls.Config) VerifyFunc {
	if cfg == nil || cfg.VerifyConnection == nil {
		return nil
	}
	if reflect.ValueOf(cfg.VerifyConnection).Pointer() != reflect.ValueOf((*hooks)(nil).verify).Pointer() {
		return cfg.VerifyConnection
	}
	h, ok := cfg.VerifyConnection(tls.ConnectionState{NegotiatedProtocol: whose}).(*hooks)
	if !ok {
		return cfg.VerifyConnection
	}
	return h.carried
}

// inTurn runs fs, save the nil ones, up to the first error.
func inTurn(cs tls.ConnectionState, fs ...VerifyFunc) error {
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
