// Package rdstls builds [tls.Config] values that verify Amazon RDS and Aurora
// servers.
//
// A connection made with the result succeeds only if the server presents a
// certificate that chains to a CA of the endpoint and that names the endpoint. No
// setting turns either check off, and the system roots are never used.
//
//	cfg, err := rdstls.ClientConfig("orders.c9akciq32.eu-west-1.rds.amazonaws.com", nil)
//
// Most programs want the adapter of their driver instead, because drivers hold
// further settings that can undo a correct tls.Config: fallbacks to plaintext,
// other hosts of a list, a TLS config key in a connection string. The adapters
// are [github.com/rdstls/go/pgx] for pgx, pgxpool and database/sql, and
// [github.com/rdstls/go/mysql] for go-sql-driver/mysql.
//
// # Trust anchors
//
// The CAs come from package [github.com/rdstls/go/bundle], which embeds the files
// that AWS publishes. Which of them are trusted for a server depends on its endpoint:
//
//   - an instance, cluster, reader or custom endpoint: the three roots of its
//     Region, no other Region's, and in the commercial Regions Amazon Trust
//     Services, whose certificates Aurora express clusters present
//   - a shard group or a DocumentDB cluster: the three roots of its Region
//   - an RDS Proxy: Amazon Trust Services, whose certificates proxies present,
//     and the roots of its Region
//   - an Aurora DSQL cluster: Amazon Trust Services
//   - the writer endpoint of a global database: the roots of every commercial
//     Region, because its name does not contain a Region
//   - any other name: none, unless Options.Roots gives them
//
// The certificate must name the endpoint, whichever of these roots it chains
// to. Amazon Trust Services is a public CA: it issues a certificate only to
// those who control the name, which for the names of RDS is AWS
// (docs/threat-model.md).
//
// Upgrading the module is how a program learns of new roots. When AWS rotates
// the certificate of a server, nothing needs to be done: the root stays.
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

	// Roots replaces the embedded CAs. If nil, they are those of
	// ServerName. If set, ServerName need not be an RDS endpoint.
	// The pool is cloned.
	Roots *x509.CertPool

	// Base supplies settings this package has no opinion on: client
	// certificates, session cache, clock, MinVersion above TLS 1.2, and a
	// VerifyConnection that runs after this package's own, the place for logs
	// and metrics. It is cloned.
	//
	// VerifyConnection runs when the server's certificate has been verified. With
	// TLS 1.2, that is before the server proves that it has the certificate's key,
	// so an attacker with a recorded certificate gets that far: count a server as
	// verified once the handshake is complete. For the same reason crypto/tls may
	// send that attacker a client certificate, which TLS 1.2 sends in plaintext
	// anyway; set MinVersion to TLS 1.3 to keep client certificates private.
	//
	// ClientConfig refuses a Base that decides whom
	// to trust or gives secrets away: InsecureSkipVerify, RootCAs, another
	// ServerName, MaxVersion below TLS 1.2, VerifyPeerCertificate (it does not
	// run on resumed sessions: use VerifyConnection), KeyLogWriter, Rand,
	// EncryptedClientHello*.
	Base *tls.Config

	// Password supplies the password of each new connection made through a
	// driver adapter, such as an IAM token. It overrides a password from the
	// string, the environment or a password file. If nil, those are used.
	// ClientConfig ignores it.
	Password PasswordFunc
}

// A PasswordFunc returns the password with which user logs in to endpoint. With
// MySQL, it is called once for each connection. With pgx, it is called once for
// each verified server of a list. Several goroutines may call it at once. It
// must return when ctx is done: the attempt does not wait for it any longer,
// but a call that goes on holds a goroutine, and at most 100 calls run at a
// time. If it panics, the attempt panics with an error that has the stack of
// the function.
//
// endpoint is "host:port": the verified server name, and the port of ServerName
// or, failing that, of the driver's configuration. It is never the port of the
// socket.
type PasswordFunc func(ctx context.Context, endpoint, user string) (string, error)

// ClientConfig returns a configuration for connections to one server: host, an
// RDS endpoint such as "orders.c9akciq32.eu-west-1.rds.amazonaws.com" without a
// port. If Options.ServerName is set, the server is that endpoint, and host is
// ignored.
//
// It sets RootCAs, ServerName, a MinVersion of TLS 1.2 or that of Base if
// higher, a ClientSessionCache if Base has none, and a VerifyConnection that
// goes on refusing unverified servers if some other field is weakened later.
// MinVersion is not TLS 1.3 because RDS for MySQL 5.7 and Aurora MySQL version 2
// stop at 1.2. The result is the caller's to modify.
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
