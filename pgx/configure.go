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

// Configure makes every connection attempt that cfg allows verify its server,
// whatever sslmode said. A nil opts is the default. It overrides these fields:
//
//   - TLSConfig: as built by [rdstls.ClientConfig] for Host
//   - Fallbacks: the same for each further attempt, in order; the attempts without
//     TLS that sslmode=allow and sslmode=prefer add are gone
//   - AfterNetConnect: a guard that refuses what was not verified, before the startup
//     message, and then calls the hook that was there
//   - ConnectTimeout: one minute, if it was zero, which means no limit. pgx, as libpq,
//     applies it to each address of each host
//   - LookupFunc: the same function, with a deadline of ConnectTimeout; of the
//     addresses that it returns, the first 16 are tried
//   - DialFunc: the same function. Its connections have working deadlines, even if
//     SetDeadline does nothing, as with an SSH tunnel, so attempts and queries end. Up
//     to TLS 1.2 they send a client certificate only to a server that has proved its
//     key. A cancel request without a deadline gets one of ConnectTimeout
//   - BuildFrontend, BuildContextWatcherHandler, ValidateConnect, AfterConnect,
//     OnNotice, OnNotification, OnPgError: if set, the same functions. If one panics,
//     the connection is closed
//
// From the TLS configurations that cfg held it keeps client certificates, unless
// Options.Base has some, a MinVersion above TLS 1.2, and a VerifyConnection,
// which runs after this package's.
//
// sslsni=0 has no effect: crypto/tls verifies the name that it sends.
//
// With Options.Password, the guard asks for a password once the server has been
// verified, for the host and port of that attempt, and sets it on the
// configuration that pgx copied for the connection, after the caller's hook. (Callers of
// [pgconn.ConnectConfig], which makes no copy, must not share a *pgconn.Config
// between goroutines then.)
//
// Call Configure last. The guard refuses a configuration of which TLSConfig, Fallbacks
// or SSLNegotiation was weakened or replaced later. A hook that replaces AfterNetConnect
// later takes the guard away: TLS stays strict, but the password is absent. [Check]
// reports it. A hook that calls the one that it replaces is fine.
//
// Configure may be called again, also in a hook that changes the host for one
// connection. Then the newer call decides about roots, name and password, and the
// hooks of the caller stay. Each call adds to the chain of hooks, so call it on a copy
// of the configuration if it is called often; pools pass their hooks a copy.
//
// Errors of [pgx.ParseConfig] and [pgxpool.ParseConfig] can quote parts of a
// password: do not print them. [ParseConfig] and [ParsePoolConfig] parse and
// configure in one step, and their errors hold no secret.
//
// cfg is unchanged if Configure returns an error. Errors are of type
// [*rdstls.ConfigError]. They match [rdstls.ErrNotEndpoint] if no host is an RDS
// endpoint, whatever sslmode says, [rdstls.ErrPlaintext] if plaintext was asked
// for, and those of rdstls.ClientConfig. The errors of a malformed string, and of an
// endpoint with a misspelled Region, do not match ErrNotEndpoint: such a string can
// be meant for an endpoint.
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
