package rdstls

import (
	"crypto/x509"
	"sync"
)

// A failure is an error that is being explained.
type failure struct {
	tree   tree
	chain  []*x509.Certificate // what the server sent, as far as it is known
	issuer func() issuer       // who issued chain; found once

	dials []dialed // the attempts of pgx

	direct bool // pgx was configured with sslnegotiation=direct
	pooled bool // the database missed TLS on a connection that had it
}

func newFailure(err error) *failure {
	f := &failure{tree: flatten(err)}
	f.readPgxConfigs()
	f.tree = f.tree.withoutPlaintextAttempts()
	f.dials = f.tree.dialed(0, len(f.tree))
	f.chain = chainOf(f.tree)
	f.issuer = sync.OnceValue(func() issuer { return issuerOf(f.chain) })
	return f
}

// expectedName returns the name that had to be verified, or "". Apart from an
// AttemptError, only pgx says it (pgx v5.12.0, pgconn/errors.go).
func (f *failure) expectedName() string {
	if e, ok := first[*AttemptError](f.tree); ok {
		return e.ServerName
	}
	for _, n := range f.tree {
		if isType(n.err, pgconnPath, "perDialConnectError") {
			return stringField(n.err, "originalHostname")
		}
	}
	return ""
}
