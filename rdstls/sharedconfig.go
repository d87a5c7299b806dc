package rdstls

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
)

var (
	errSharedName     = errors.New("a shared configuration serves many servers; use ClientConfig for one")
	errSharedPassword = errors.New("a tls.Config cannot supply passwords; use a driver adapter")
)

// SharedConfig returns one configuration for connections to any RDS endpoint,
// for drivers and libraries that set ServerName themselves, from the address
// that they dial. Prefer [ClientConfig] where the endpoint is known.
//
// Its RootCAs are all embedded roots, but a server passes only if its
// certificate chains to the roots of the endpoint in ServerName, the same as
// with ClientConfig. When the connection is made, a ServerName that is not an RDS
// endpoint is refused. So is an empty one, which crypto/tls reports for IP
// addresses. If Options.Roots is set, only those roots are trusted, and any
// ServerName is accepted.
//
// Options.ServerName, Base.ServerName and Options.Password are refused with a
// [*ConfigError], as is a Base that ClientConfig refuses.
func SharedConfig(opts *Options) (*tls.Config, error) {
	o := opts.orDefault()
	switch {
	case o.ServerName != "":
		return nil, &ConfigError{Setting: "ServerName", Err: errSharedName}
	case o.Base != nil && o.Base.ServerName != "":
		return nil, &ConfigError{Setting: "Base.ServerName", Err: errSharedName}
	case o.Password != nil:
		return nil, &ConfigError{Setting: "Password", Err: errSharedPassword}
	case o.Roots != nil && o.Roots.Equal(x509.NewCertPool()):
		return nil, &ConfigError{Setting: "Roots", Err: errEmptyRoots}
	}
	cfg, err := fromBase(o.Base, "")
	if err != nil {
		return nil, err
	}
	v := verification{now: cfg.Time, next: cfg.VerifyConnection}
	if o.Roots != nil {
		v.roots = o.Roots.Clone()
		cfg.RootCAs = o.Roots.Clone()
		cfg.VerifyConnection = func(cs tls.ConnectionState) error {
			v := v
			v.name = cs.ServerName // empty for an IP address, which crypto/tls has verified
			return v.verify(cs)
		}
	} else {
		cfg.RootCAs = everything.pool().Clone()
		cfg.VerifyConnection = v.verifyEndpoint
	}
	if cfg.ClientSessionCache == nil {
		cfg.ClientSessionCache = tls.NewLRUClientSessionCache(0)
	}
	return cfg, nil
}

// verifyEndpoint refuses a connection unless the roots that may vouch for the
// endpoint in ServerName did. Without this, a CA of one Region could vouch for
// an endpoint of another.
func (v verification) verifyEndpoint(cs tls.ConnectionState) error {
	endpoint, err := parseEndpoint(cs.ServerName)
	if err != nil {
		return fmt.Errorf("rdstls: VerifyConnection: %w: ServerName: %w", ErrUnverified, err)
	}
	t, err := trustOf(endpoint)
	if err != nil {
		return fmt.Errorf("rdstls: VerifyConnection: %w: ServerName: %w", ErrUnverified, err)
	}
	v.name, v.roots = endpoint.Host, t.pool()
	return v.verify(cs)
}
