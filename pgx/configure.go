package rdspgx

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// Configure makes every connection attempt that cfg allows verify its server, whatever
// sslmode said; sslmode=disable is refused. A nil opts means the zero Options. Configure
// sets or wraps these fields:
//
//   - TLSConfig: set to the result of [rdstls.ClientConfig] for Host.
//   - Fallbacks: the same for each further attempt, in order. The attempts without
//     TLS that sslmode=allow and sslmode=prefer add are removed.
//   - AfterNetConnect: set to a guard. Before the startup message, the guard refuses a
//     server that was not verified. Then it calls the hook that was there.
//   - ConnectTimeout: one minute if it was zero. (Zero means no limit.) Like libpq, pgx
//     applies it to each address of each host.
//   - LookupFunc: wrapped. Its calls have a deadline of ConnectTimeout, and pgx tries
//     only the first 16 addresses that it returns.
//   - DialFunc: wrapped. Deadlines work on its connections, even on those of an SSH
//     tunnel, which ignore SetDeadline. So attempts and queries end. Up to TLS 1.2, a
//     client certificate is sent only to a server that has proved that it has its
//     private key. A cancel request without a deadline gets one of ConnectTimeout.
//   - BuildFrontend, BuildContextWatcherHandler, ValidateConnect, AfterConnect,
//     OnNotice, OnNotification, OnPgError: wrapped if set. If one panics, the
//     connection is closed.
//
// Configure keeps three things of the TLS configurations in cfg: a VerifyConnection,
// which runs after this package's; a MinVersion above TLS 1.2; and client certificates,
// unless Options.Base has some.
//
// sslsni=0 has no effect: crypto/tls sends the name that it verifies.
//
// With Options.Password, the guard asks for a password for the host and port of the
// attempt, once the server has been verified and the earlier AfterNetConnect hook has
// returned. It sets the password on the configuration that pgx copied for the
// connection. [pgconn.ConnectConfig] makes no copy: do not share a *pgconn.Config with
// Options.Password between goroutines.
//
// Call Configure last. The guard refuses a configuration if its TLSConfig, Fallbacks or
// SSLNegotiation was weakened or replaced later. A later hook that replaces
// AfterNetConnect removes the guard: TLSConfig still verifies the server, but
// Options.Password is not called. [Check] reports this. A later hook that calls the
// guard loses nothing.
//
// Configure may be called again, also in a hook that changes the host for one
// connection. A later call replaces the roots, the name and the password, and keeps the
// caller's hooks. Each call adds a hook to the chain: if you call Configure often, call
// it on a copy each time. pgxpool and stdlib pass a copy to their BeforeConnect hooks.
//
// Errors of [pgx.ParseConfig] and [pgxpool.ParseConfig] can quote parts of a
// password: do not print them. [ParseConfig] and [ParsePoolConfig] parse and
// configure in one step, and their errors hold no secret.
//
// If Configure returns an error, cfg is unchanged. Errors are of type
// [*rdstls.ConfigError]. They match [rdstls.ErrNotEndpoint] if no host is an RDS
// endpoint, whatever sslmode says, and opts has neither ServerName nor Roots;
// [rdstls.ErrPlaintext] if cfg asks for plaintext; and otherwise what the errors of
// [rdstls.ClientConfig] match. Three errors do not match ErrNotEndpoint, because cfg may
// be meant for an endpoint: those of a malformed string, of an endpoint with a misspelled
// Region, and of a list in which only some hosts are endpoints.
func Configure(cfg *pgx.ConnConfig, opts *rdstls.Options) error {
	var o rdstls.Options
	if opts != nil {
		o = *opts
	}
	if err := checkNil(cfg); err != nil {
		return err
	}
	if err := checkConnString(cfg.ConnString()); err != nil {
		return err
	}
	if err := checkValues(cfg, cfg.Password != "" || o.Password != nil); err != nil {
		return err
	}
	targets := targetsOf(&cfg.Config)
	if err := checkTargets(targets, &o, cfg.ConnString()); err != nil {
		return explainHostChange(cfg, err)
	}
	own, protocols, err := negotiation(cfg.SSLNegotiation, cfg.ConnString())
	if err != nil {
		return err
	}
	g := &guard{
		direct: protocols != nil, password: passwordsOf(cfg, o.Password), next: cfg.AfterNetConnect, configured: &cfg.Config,
	}
	certificate := false
	attempts := make([]*pgconn.FallbackConfig, len(targets))
	for i, t := range targets {
		s, err := adapter.ForServer(t.host, &o, t.tls, own)
		if err != nil {
			return err
		}
		s.TLS.NextProtos = protocols
		s.TLS.ClientSessionCache = &sessionCache{s.TLS.ClientSessionCache, g.password}
		if err := g.add(s, adapter.Endpoint(s, &o, strconv.Itoa(int(t.port)))); err != nil {
			return err
		}
		g.hosts = append(g.hosts, t.host)
		certificate = certificate || len(s.TLS.Certificates) > 0 || s.TLS.GetClientCertificate != nil
		attempts[i] = &pgconn.FallbackConfig{Host: t.host, Port: t.port, TLSConfig: s.TLS}
	}
	cfg.Host, cfg.Port, cfg.TLSConfig = attempts[0].Host, attempts[0].Port, attempts[0].TLSConfig
	cfg.Fallbacks = attempts[1:]
	cfg.AfterNetConnect = g.afterNetConnect
	if cfg.ConnectTimeout == 0 {
		cfg.ConnectTimeout = adapter.AttemptTimeout
	}
	setBounds(cfg, certificate)
	return nil
}

// passwordsOf shares the bound on calls with an earlier Configure of cfg: a hook can
// call it for each connection.
func passwordsOf(cfg *pgx.ConnConfig, f rdstls.PasswordFunc) *adapter.Passwords {
	if f == nil {
		return nil
	}
	var earlier *adapter.Passwords
	if mark := markOf(attemptsOf(&cfg.Config)); mark != nil {
		earlier = mark.password
	}
	return adapter.NewPasswords(f, earlier)
}

// negotiation returns the ALPN protocols of a negotiation and a check that the
// server chose one. PostgreSQL 17 demands ALPN for direct TLS, as a protection
// against servers of other protocols (PostgreSQL docs, "Direct TLS"); pgx asks
// for it but goes on if the server chose nothing (pgx v5.12.0, pgconn.go).
func negotiation(value, connString string) (own adapter.VerifyFunc, protocols []string, err error) {
	switch value {
	case "", "postgres":
		return nil, nil, nil
	case "direct":
		return demandALPN, []string{alpn}, nil
	}
	return nil, nil, &rdstls.ConfigError{
		Setting: "sslnegotiation",
		Err:     fmt.Errorf(`it is neither "postgres" nor "direct"%s`, origin(connString, "sslnegotiation")),
	}
}

const alpn = "postgresql"

var errALPN = errors.New("rdspgx: sslnegotiation=direct: the server did not choose the protocol " + alpn)

func demandALPN(cs tls.ConnectionState) error {
	if cs.NegotiatedProtocol != alpn {
		return errALPN
	}
	return nil
}
