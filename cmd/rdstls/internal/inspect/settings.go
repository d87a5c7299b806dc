package inspect

import (
	"errors"
	"io"
	"net"
	"os"
	"syscall"

	"github.com/rdstls/go/rdstls"
)

// facts are what decides about a setting.
type facts struct {
	protocol  Protocol
	verified  bool   // by this program
	learned   bool   // the server answered something that clients would see too
	noTLS     bool   // it answered that it has no TLS, or not with TLS
	handshake bool   // clients that do not verify would complete the handshake
	plaintext string // as in Server.Plaintext

	name       bool // the certificate names the server
	commonName bool // or only its common name does
	rds        bool // it chains to the RDS bundle
	system     bool // it chains to the system's roots
}

func isNoTLS(err error) bool { return errors.Is(err, rdstls.ErrNoTLS) }

// learned reports whether a failed connection says what other clients would meet.
// One that timed out, broke or was never made does not.
func learned(err error) bool {
	var server *serverError
	var network *net.OpError
	var foreign *foreignAnswer
	switch {
	case errors.As(err, &server), errors.As(err, &foreign), errors.Is(err, errLateGreeting), errors.Is(err, errDirectTLS):
		return false
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return false
	case errors.As(err, &network) && (network.Op == "dial" || network.Op == "read" || network.Op == "write"):
		return false
	}
	reason, _ := explain(err, "")
	return foundReasons[reason]
}

// What Setting.Accepts can be, besides "".
const (
	acceptsEndpoint  = "endpoint"  // only a server that proves this name
	acceptsRDS       = "rds"       // any RDS server of any customer
	acceptsAnyone    = "anyone"    // any server with TLS
	acceptsPlaintext = "plaintext" // any server
)

// A use is what a setting makes of plaintext and TLS.
type use int

const (
	onlyTLS        use = iota
	onlyPlaintext      // never TLS
	plaintextFirst     // TLS if plaintext is refused
	tlsFirst           // plaintext if TLS is not offered, or fails
	tlsIfOffered       // plaintext if TLS is not offered
)

// A row is a setting of a client.
type row struct {
	client, setting, roots string
	use                    use
	check                  func(facts) bool // of the certificate; nil: none
	accepts                string
}

func verifiedHere(f facts) bool { return f.verified }
func inBundle(f facts) bool     { return f.rds }

// Go's verifier, and OpenSSL's, which still looks at common names.
func namedInBundle(f facts) bool      { return f.rds && f.name }
func commonNameInBundle(f facts) bool { return f.rds && f.commonName }
func namedInSystem(f facts) bool      { return f.system && f.name }
func commonNameInSystem(f facts) bool { return f.system && f.commonName }

// rows are the settings of a protocol's clients.
func rows(protocol Protocol) []row {
	switch protocol {
	case Postgres:
		all := []row{{"rdstls", "rdspgx", "rds", onlyTLS, verifiedHere, acceptsEndpoint}}
		all = append(all, libpqRows("pgx", namedInBundle, namedInSystem)...)
		return append(all, libpqRows("libpq", commonNameInBundle, commonNameInSystem)...)
	case MySQL:
		return []row{
			{"rdstls", "rdsmysql", "rds", onlyTLS, verifiedHere, acceptsEndpoint},
			{"go-sql-driver", "tls=false", "", onlyPlaintext, nil, acceptsPlaintext},
			{"go-sql-driver", "tls=preferred", "", tlsIfOffered, nil, acceptsPlaintext},
			{"go-sql-driver", "tls=skip-verify", "", onlyTLS, nil, acceptsAnyone},
			{"go-sql-driver", "tls=true", "system", onlyTLS, namedInSystem, acceptsEndpoint},
			{"go-sql-driver", "tls=profile", "rds", onlyTLS, namedInBundle, acceptsEndpoint},
			{"mysql", "--ssl-mode=DISABLED", "", onlyPlaintext, nil, acceptsPlaintext},
			{"mysql", "--ssl-mode=PREFERRED", "", tlsIfOffered, nil, acceptsPlaintext},
			{"mysql", "--ssl-mode=REQUIRED", "", onlyTLS, nil, acceptsAnyone},
			{"mysql", "--ssl-mode=VERIFY_CA", "rds", onlyTLS, inBundle, acceptsRDS},
			{"mysql", "--ssl-mode=VERIFY_IDENTITY", "rds", onlyTLS, commonNameInBundle, acceptsEndpoint},
			{"mariadb", "default", "", tlsIfOffered, nil, acceptsPlaintext},
			{"mariadb", "--ssl-ca", "rds", tlsIfOffered, inBundle, acceptsPlaintext},
			{"mariadb", "--ssl-verify-server-cert", "rds", onlyTLS, commonNameInBundle, acceptsEndpoint},
		}
	}
	return nil
}

func libpqRows(client string, named, namedInSystem func(facts) bool) []row {
	return []row{
		{client, "sslmode=disable", "", onlyPlaintext, nil, acceptsPlaintext},
		{client, "sslmode=allow", "", plaintextFirst, nil, acceptsPlaintext},
		{client, "sslmode=prefer", "", tlsFirst, nil, acceptsPlaintext},
		{client, "sslmode=require", "", onlyTLS, nil, acceptsAnyone},
		{client, "sslmode=verify-ca", "rds", onlyTLS, inBundle, acceptsRDS},
		{client, "sslmode=verify-full", "rds", onlyTLS, named, acceptsEndpoint},
		{client, "sslmode=verify-full", "system", onlyTLS, namedInSystem, acceptsEndpoint},
	}
}

// settings returns what each client would do. It is never nil: JSON shows nil as null.
func settings(f facts) []Setting {
	all := []Setting{}
	if !f.learned {
		return all
	}
	for _, r := range rows(f.protocol) {
		s := Setting{Client: r.client, Setting: r.setting, Roots: r.roots, Accepts: r.accepts}
		s.Connects, s.Encrypted = r.outcome(f)
		if s.Connects != nil && !*s.Connects {
			s.Accepts = ""
		}
		all = append(all, s)
	}
	return all
}

var (
	yes = new(true)
	no  = new(false)
)

// outcome returns whether a client connects, and whether with TLS; nil is unknown.
func (r row) outcome(f facts) (connects, encrypted *bool) {
	overTLS := f.handshake && (r.check == nil || r.check(f))
	plain := f.acceptsPlaintext()
	switch {
	case r.use == onlyPlaintext:
		return plain, no
	case r.use == plaintextFirst && plain == yes:
		return yes, no
	case r.use == plaintextFirst && plain == nil && overTLS:
		return yes, nil
	case overTLS:
		return yes, yes
	case r.use == tlsFirst, r.use == plaintextFirst, r.use == tlsIfOffered && f.noTLS:
		return plain, no
	}
	return no, no
}

// acceptsPlaintext reports whether clients without TLS are accepted; nil is unknown.
// A server without TLS has no other clients.
func (f facts) acceptsPlaintext() *bool {
	switch {
	case f.plaintext == plaintextAccepted:
		return yes
	case f.plaintext == plaintextRefused:
		return no
	case f.noTLS:
		return yes
	}
	return nil
}
