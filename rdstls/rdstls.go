// Package rdstls builds [tls.Config] values that verify Amazon RDS and Aurora
// servers.
//
// A connection made with the result succeeds only if the server presents a
// certificate that chains to a CA of the endpoint and that names the endpoint. No field
// of [Options] turns either check off, and the system roots are never used.
//
//	cfg, err := rdstls.ClientConfig("orders.c9akciq32.eu-west-1.rds.amazonaws.com", nil)
//
// Most programs need the adapter for their driver instead, because drivers have other
// settings that can undo a correct tls.Config: fallbacks to plaintext, other hosts of a
// list, a TLS config key in a connection string. The adapters
// are [github.com/rdstls/go/pgx] for pgx, pgxpool and database/sql, and
// [github.com/rdstls/go/mysql] for go-sql-driver/mysql.
//
// # Trust anchors
//
// The CAs come from package [github.com/rdstls/go/bundle], which embeds the files
// that AWS publishes. Which of them are trusted for a server depends on its endpoint:
//
//   - An instance, cluster, reader or custom endpoint: the three roots of its Region. In
//     the commercial Regions, the roots of Amazon Trust Services too, because Aurora
//     express clusters present certificates from it.
//   - A shard group or a DocumentDB cluster: the three roots of its Region.
//   - An RDS Proxy: the roots of Amazon Trust Services, because proxies present
//     certificates from it, and the roots of its Region.
//   - An Aurora DSQL cluster: the roots of Amazon Trust Services.
//   - The writer endpoint of a global database: the roots of every commercial
//     Region, because its name does not contain a Region.
//   - Any other name: none, unless Options.Roots gives them.
//
// The certificate must name the endpoint, whichever of these roots it chains to. Amazon
// Trust Services is a public CA: it issues a certificate for a name only to the party that
// controls that name. AWS controls the names of RDS endpoints (docs/threat-model.md).
//
// To trust new roots, upgrade the module. When AWS rotates the certificate of a server, the
// program needs no change: the root stays the same.
//
// # What it does not change
//
// The verifier is crypto/tls's own; this package only adds restrictions to it.
// Cipher suites, key exchange and FIPS mode are Go's. Revocation is not
// checked: the certificates of the RDS CAs carry neither OCSP nor CRL
// addresses, and crypto/tls does not use the addresses in certificates of
// Amazon Trust Services.
package rdstls

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
)

// Options adjusts how a server is verified. A nil *Options and the zero value
// are the default, which suits every connection made to an RDS endpoint by its
// own name. Options are read when they are passed: later changes have no
// effect.
type Options struct {
	// ServerName is the RDS endpoint, "host" or "host:port", that the
	// certificate must name and for which IAM tokens are signed. If empty, it
	// is the host and port being dialed. Set it when that host is only an alias
	// for the endpoint: a CNAME record, an SSH tunnel, a port forward. Give the
	// port when the local one differs, as with a tunnel from localhost:15432: a
	// token signed for another port is rejected. ClientConfig ignores the port.
	ServerName string

	// Roots replaces the embedded CAs. If nil, the embedded CAs of the endpoint
	// are trusted. If set, ServerName need not be an RDS endpoint. The pool is
	// cloned.
	Roots *x509.CertPool

	// Base supplies settings that this package leaves to the program: client
	// certificates, session cache, clock, MinVersion above TLS 1.2, and a
	// VerifyConnection that runs after this package's own, for logs and metrics.
	// It is cloned.
	//
	// With TLS 1.2, VerifyConnection runs before the server proves that it has the
	// private key of its certificate. An attacker with a recorded certificate gets
	// past it, and fails later: count a server as verified only after the
	// handshake. If that attacker leaves out the ServerKeyExchange message,
	// crypto/tls still sends them a client certificate; the adapters withhold it.
	// TLS 1.2 sends client certificates in plaintext in any case: to keep them
	// private, set MinVersion to TLS 1.3.
	//
	// ClientConfig refuses a Base that decides which servers are trusted, or that
	// gives secrets away: InsecureSkipVerify, RootCAs, another ServerName,
	// MaxVersion below TLS 1.2, VerifyPeerCertificate (it does not run on resumed
	// sessions: use VerifyConnection), KeyLogWriter, Rand, EncryptedClientHello*.
	Base *tls.Config

	// Password supplies the password of each new connection made through a
	// driver adapter, such as an IAM token. It overrides a password from the
	// string, the environment or a password file. If nil, those are used.
	// ClientConfig ignores it.
	Password PasswordFunc
}

// A PasswordFunc returns the password with which user logs in to endpoint. With
// MySQL, it is called once for each connection, before dialing. With pgx, it is
// called once for each verified server of a list. Several goroutines may call it
// at once.
//
// It must return when ctx is done. The attempt does not wait for it after that,
// but a call that continues holds a goroutine. At most 100 calls run at a time;
// further ones wait, and fail when their context is done. If the function panics,
// the attempt panics with an error that has the stack of the function.
//
// endpoint is "host:port". The host is the name that the certificate must carry.
// The port is that of ServerName or, without one, of the driver's configuration,
// even if a DialFunc dials another.
type PasswordFunc func(ctx context.Context, endpoint, user string) (string, error)

// ClientConfig returns a configuration for connections to one server: host, an
// RDS endpoint such as "orders.c9akciq32.eu-west-1.rds.amazonaws.com" without a
// port. If Options.ServerName is set, the server is that endpoint, and host is
// ignored.
//
// It sets RootCAs, ServerName, a MinVersion of TLS 1.2 or that of Base if
// higher, a ClientSessionCache if Base has none, and a VerifyConnection that
// still refuses unverified servers if another field is weakened later.
// MinVersion is not TLS 1.3, because RDS for MySQL 5.7 and Aurora MySQL version 2
// do not support it. The caller may modify the result.
//
// Errors are of type [*ConfigError]. They match [ErrNotEndpoint] if the name is
// no RDS endpoint and Options.Roots is nil, [ErrNoRoots] if the endpoint is in
// a Region or partition without embedded roots, and [ErrUnverified] if Base
// would undo the verification.
func ClientConfig(host string, opts *Options) (*tls.Config, error) {
	o := opts.orDefault()
	name, roots, err := o.server(host)
	if err != nil {
		return nil, err
	}
	cfg, err := fromBase(o.Base, name)
	if err != nil {
		return nil, err
	}
	cfg.RootCAs = roots.Clone() // the caller may add to it; that must not widen what the verification trusts
	cfg.VerifyConnection = verification{name: name, roots: roots, now: cfg.Time, next: cfg.VerifyConnection}.verify
	if cfg.ClientSessionCache == nil {
		cfg.ClientSessionCache = tls.NewLRUClientSessionCache(1) // the key is ServerName: there is one
	}
	return cfg, nil
}

// server returns the name that a server must have in place of host, and the roots
// that may vouch for it.
func (o *Options) server(host string) (name string, roots *x509.CertPool, err error) {
	setting := "host"
	if o.ServerName != "" {
		setting = "ServerName"
		host, err = withoutPort(o.ServerName)
	}
	if err == nil {
		name, roots, err = resolve(host, o.Roots)
	}
	if err != nil {
		return "", nil, &ConfigError{Setting: setting, Err: err}
	}
	return name, roots, nil
}

// resolve returns the canonical form of host and the roots that may vouch for it:
// those given, if not nil. The pool may be shared, as that of trust.pool.
func resolve(host string, given *x509.CertPool) (string, *x509.CertPool, error) {
	if given != nil {
		name, err := canonicalName(host)
		switch {
		case err != nil:
			return "", nil, fmt.Errorf("%s: %w", quoted(host), err)
		case given.Equal(x509.NewCertPool()):
			return "", nil, errEmptyRoots
		}
		return name, given.Clone(), nil
	}
	endpoint, err := parseEndpoint(host)
	if err != nil {
		return "", nil, err
	}
	t, err := trustOf(endpoint)
	if err != nil {
		return "", nil, err
	}
	return endpoint.Host, t.pool(), nil
}

func (o *Options) orDefault() Options {
	if o == nil {
		return Options{}
	}
	return *o
}
