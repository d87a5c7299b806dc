package exampledb

import (
	"context"
	"crypto/tls"
	"testing"
	"time"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
)

// patience bounds the wait for the end of connections that have failed.
const patience = time.Minute

// An Impostor is a server that has a certificate of [Endpoint], by an authority
// that only looks like the right one.
type Impostor struct{ server *fakedb.Server }

// PostgresImpostor starts an impostor for one test.
func PostgresImpostor(tb testing.TB) *Impostor {
	tb.Helper()
	server, err := fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: forged()})
	return impostor(tb, server, err)
}

// MySQLImpostor starts an impostor for one test.
func MySQLImpostor(tb testing.TB) *Impostor {
	tb.Helper()
	server, err := fakedb.ListenMySQL(fakedb.MySQLOptions{TLS: forged(), Plugin: fakedb.CachingSHA2Password})
	return impostor(tb, server, err)
}

func forged() *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{Authority().Impostor().Instance(Endpoint)}}
}

func impostor(tb testing.TB, server *fakedb.Server, err error) *Impostor {
	tb.Helper()
	return &Impostor{listening(tb, server, err)}
}

// listening returns a server that was started for one test.
func listening(tb testing.TB, server *fakedb.Server, err error) *fakedb.Server {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := server.Close(); err != nil {
			tb.Error(err)
		}
	})
	return server
}

// Addr returns the impostor's address, "127.0.0.1:port".
func (i *Impostor) Addr() string { return i.server.Addr() }

// WantNothing fails the test unless somebody connected to the impostor and
// nobody told it a secret. It waits for the end of the connections.
func (i *Impostor) WantNothing(tb testing.TB) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), patience)
	defer cancel()
	conns, err := i.server.Wait(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	if len(conns) == 0 {
		tb.Error("nobody connected to the impostor, so this tests nothing")
	}
	for _, c := range conns {
		if got := c.Secure(); len(got) > 0 {
			tb.Errorf("the impostor received %d bytes inside TLS: %.200q", len(got), got)
		}
		// The database's name is too short to look for: a handshake has random bytes.
		for _, secret := range []string{dbservers.User, dbservers.Password} {
			if c.Contains(secret) {
				tb.Errorf("the impostor received %q", secret)
			}
		}
	}
}
