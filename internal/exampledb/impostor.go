package exampledb

import (
	"cmp"
	"crypto/tls"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
)

// An Impostor is a server that has a certificate of [Endpoint], from a CA that only
// looks like the right one.
type Impostor struct {
	server  *fakedb.Server
	secrets []string // what it must not receive
}

// PostgresImpostor starts an impostor for one test.
func PostgresImpostor(tb testing.TB) *Impostor {
	tb.Helper()
	return PostgresImpostorWith(tb, Authority().Impostor().Instance(Endpoint))
}

// MySQLImpostor starts an impostor for one test.
func MySQLImpostor(tb testing.TB) *Impostor {
	tb.Helper()
	return MySQLImpostorWith(tb, Authority().Impostor().Instance(Endpoint))
}

// PostgresImpostorWith starts an impostor with another certificate, for one test:
// a forged one of another endpoint, or a genuine one of an instance that is the
// attacker's own.
func PostgresImpostorWith(tb testing.TB, cert tls.Certificate) *Impostor {
	tb.Helper()
	return impostor(fakedb.Started(tb)(fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: serving(cert)})))
}

// MySQLImpostorWith is [PostgresImpostorWith] for MySQL.
func MySQLImpostorWith(tb testing.TB, cert tls.Certificate) *Impostor {
	tb.Helper()
	return impostor(fakedb.Started(tb)(fakedb.ListenMySQL(fakedb.MySQLOptions{TLS: serving(cert), Plugin: fakedb.CachingSHA2Password})))
}

// impostor returns a server that must not receive the login. The database's name is too
// short to look for: a handshake has random bytes.
func impostor(server *fakedb.Server) *Impostor {
	return &Impostor{server, []string{dbservers.User, dbservers.Password}}
}

// A Protocol is that of a server that cannot be installed for a test.
type Protocol struct {
	fakedb.Protocol

	// MaxVersion is the highest version of TLS. If zero, it is Go's.
	MaxVersion uint16
}

// Start starts a server that is genuine under [Trust], with the certificate of name, or
// of [Endpoint] if that is empty.
func (p Protocol) Start(tb testing.TB, name string) *fakedb.Server {
	tb.Helper()
	return p.start(tb, Authority(), name)
}

// StartImpostor starts an impostor that must not receive the secrets.
func (p Protocol) StartImpostor(tb testing.TB, secrets ...string) *Impostor {
	tb.Helper()
	return &Impostor{p.start(tb, Authority().Impostor(), ""), secrets}
}

func (p Protocol) start(tb testing.TB, issuer *testcerts.Authority, name string) *fakedb.Server {
	tb.Helper()
	cfg := serving(issuer.Instance(cmp.Or(name, Endpoint)))
	cfg.MinVersion, cfg.MaxVersion = tls.VersionTLS10, p.MaxVersion // refusing old TLS is the client's business
	return fakedb.Started(tb)(fakedb.ListenProtocol(p.Protocol, cfg))
}

func serving(cert tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

// Addr returns the impostor's address, "127.0.0.1:port".
func (i *Impostor) Addr() string { return i.server.Addr() }

// ReceivedInTLS reports whether a client has told the impostor text inside TLS.
func (i *Impostor) ReceivedInTLS(text []byte) bool { return i.server.ReceivedInTLS(text) }

// WantNothing fails the test unless a client connected to the impostor and none told
// it a secret. It waits for the end of the connections.
func (i *Impostor) WantNothing(tb testing.TB) {
	tb.Helper()
	i.server.WantNoSecret(tb, i.secrets...)
}
