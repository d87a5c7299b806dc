// Package adapter holds what the adapters for the drivers have in common.
package adapter

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/rdstls/go/rdstls"
)

// AttemptTimeout bounds one attempt to connect where the caller set no bound:
// neither driver has one, and a server that stays silent would hold the attempt
// for ever.
const AttemptTimeout = time.Minute

// A Server is what it takes to connect to one verified server.
type Server struct {
	TLS    *tls.Config
	Verify VerifyFunc // this module's checks alone, without the hooks of the caller
}

// ForServer returns the configuration for connections to host, as opts asks for
// it, in place of old, which the driver held so far and which may be nil. From
// old it carries over what cannot weaken it: client certificates, unless opts
// has some, a higher MinVersion, and a VerifyConnection. The driver's own check
// is run, if not nil, after this module's and before the hooks of the caller.
func ForServer(host string, opts *rdstls.Options, old *tls.Config, own VerifyFunc) (Server, error) {
	o := *opts
	base := &tls.Config{}
	if o.Base != nil {
		base = o.Base.Clone()
	}
	h := hooks{base: base.VerifyConnection, carried: verifyConnectionOf(old)}
	base.VerifyConnection = nil
	if old != nil {
		if len(base.Certificates) == 0 && base.GetClientCertificate == nil {
			base.Certificates, base.GetClientCertificate = old.Certificates, old.GetClientCertificate // ClientConfig copies them
		}
		base.MinVersion = max(base.MinVersion, old.MinVersion)
	}
	o.Base = base
	cfg, err := rdstls.ClientConfig(host, &o)
	if err != nil {
		return Server{}, serverNameError(err, &o)
	}
	core := cfg.VerifyConnection
	h.own = func(cs tls.ConnectionState) error { return runAll(cs, core, own) }
	cfg.VerifyConnection = h.verify
	return Server{TLS: cfg, Verify: h.own}, nil
}

func verifyConnectionOf(cfg *tls.Config) VerifyFunc {
	if cfg == nil {
		return nil
	}
	return cfg.VerifyConnection
}

// serverNameError takes ErrNotEndpoint out of an error about opts.ServerName. A
// program may leave a connection string alone if that is the error. Here the
// string can name an endpoint, and only the option is wrong.
func serverNameError(err error, opts *rdstls.Options) error {
	if opts.ServerName == "" || !errors.Is(err, rdstls.ErrNotEndpoint) {
		return err
	}
	var misspelled *rdstls.ConfigError
	if other := NotMisspelled(err); !errors.Is(other, err) && errors.As(other, &misspelled) {
		return &rdstls.ConfigError{Setting: "ServerName", Err: misspelled.Err}
	}
	return &rdstls.ConfigError{
		Setting: "ServerName",
		Err:     fmt.Errorf("%w: it must be the RDS endpoint behind the host, as \"host\" or \"host:port\"", rdstls.ErrUnverified),
	}
}

// Endpoint returns the "host:port" for which a password is asked: the name that
// server verifies, and the port of opts.ServerName or, failing that, port.
func Endpoint(server Server, opts *rdstls.Options, port string) string {
	if _, p, err := net.SplitHostPort(opts.ServerName); err == nil {
		port = p
	}
	return net.JoinHostPort(server.TLS.ServerName, port)
}
