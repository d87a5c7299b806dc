package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"time"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// demoTimeout bounds the whole demonstration. It takes a second.
const demoTimeout = 15 * time.Second

// account is what a server may know in the end, and an impostor must not.
var account = fakedb.Login{User: user, Password: password, Database: schema}

// demonstrate shows each database with and without verification.
func demonstrate(ctx context.Context, t *transcript, databases ...database) int {
	ctx, cancel := context.WithTimeout(ctx, demoTimeout)
	defer cancel()
	if err := unsetPostgresVariables(); err != nil {
		t.failed("WRONG: the environment cannot be changed: %v", err)
		return t.status()
	}
	ca := testcerts.New(region, testcerts.RSA2048)
	introduce(t, ca)
	for _, db := range databases {
		d := demo{transcript: t, database: db, ca: ca}
		if err := d.run(ctx); err != nil {
			t.failed("WRONG: no built-in server: %v", err)
		}
	}
	if t.wrong > 0 {
		t.line("\nNot everything happened as told: see above.")
		return t.status()
	}
	t.line("\nEverything happened as told.")
	return t.status()
}

func introduce(t *transcript, ca *testcerts.Authority) {
	t.line("%s", wrapped("", "", fmt.Sprintf("In this process, %s leads to the true server, whose "+
		"certificate is under %q, or to an impostor, whose certificate and root have the same names "+
		"but other keys. As all keys are new, the true root is given as Options.Roots; with your RDS "+
		"endpoint, whose root is embedded, you pass nil.", endpoint, nameOf(ca.Root()))))
}

// A demo is the demonstration for one database.
type demo struct {
	*transcript
	database
	ca *testcerts.Authority
}

// run returns an error if there is nothing to show it on.
func (d *demo) run(ctx context.Context) error {
	impostor, err := d.listen(serving(d.ca.Impostor()))
	if err != nil {
		return err
	}
	defer impostor.Close()
	genuine, err := d.listen(serving(d.ca))
	if err != nil {
		return err
	}
	defer genuine.Close()
	opts := &rdstls.Options{Roots: d.ca.Pool()}

	d.line("\n%s: %s", d.name, d.dsn)
	d.line("1. With %s alone, answered by the impostor:", d.driver)
	d.wantBetrayed(d.try(ctx, impostor, d.stock))
	d.line("2. With %s, answered by the impostor:", d.adapter)
	d.wantRefused(d.try(ctx, impostor, d.through(opts)))
	d.line("3. With %s, answered by the true server:", d.adapter)
	d.wantVerified(d.try(ctx, genuine, d.through(opts)))
	return nil
}

func serving(ca *testcerts.Authority) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{ca.Instance(endpoint)}}
}

// A connectFunc connects with the connection string of the demonstration, while
// the endpoint's name leads to addr.
type connectFunc func(ctx context.Context, addr string) (connection, error)

func (d *demo) through(opts *rdstls.Options) connectFunc {
	return func(ctx context.Context, addr string) (connection, error) { return d.verified(ctx, addr, opts) }
}

// An outcome is what came of an attempt, on both sides.
type outcome struct {
	connection
	err     error
	records []*fakedb.Conn // the server's, complete
}

// try makes an attempt and waits for the end of the server's records of it.
// Without any, nothing can be said of the server.
func (d *demo) try(ctx context.Context, server *fakedb.Server, connect connectFunc) outcome {
	before := len(server.Conns())
	var o outcome
	o.connection, o.err = connect(ctx, server.Addr())
	records, err := server.Wait(ctx)
	switch {
	case err != nil:
		d.failed("WRONG: the server's record is incomplete: %v", err)
	case len(records) == before:
		d.failed("WRONG: the attempt did not reach the server")
	default:
		o.records = records[before:]
	}
	return o
}

// login returns what the server has learned.
func (o outcome) login() fakedb.Login {
	var known fakedb.Login
	for _, r := range o.records {
		if l := r.Login(); l != (fakedb.Login{}) {
			known = l
		}
	}
	return known
}

func (d *demo) wantBetrayed(o outcome) {
	if o.err != nil {
		d.failed("WRONG: not connected: %s", reason(o.err, ""))
	}
	if len(o.records) == 0 {
		return
	}
	for _, r := range o.records {
		// The driver for MySQL does not show the state of TLS. The impostor does.
		if cs, ok := r.TLS(); ok && o.err == nil {
			d.fact("connected over %s; %q returned %d", tls.VersionName(cs.Version), query, o.answer)
		}
	}
	d.fact("the impostor now holds: %s", describe(o.login()))
	if o.login() != account {
		d.failed("WRONG: it was to hold the whole account")
	}
}

func (d *demo) wantRefused(o outcome) {
	var refused *tls.CertificateVerificationError
	switch {
	case o.err == nil:
		d.failed("WRONG: connected; %q returned %d", query, o.answer)
	case !errors.As(o.err, &refused):
		d.failed("WRONG: failed for another reason than the certificate: %s", reason(o.err, ""))
	default:
		d.fact("refused: %s", reason(refused, ""))
	}
	if len(o.records) == 0 {
		return
	}
	for _, r := range o.records {
		request, data := len(r.Plain()), len(r.Secure())
		d.fact("the impostor received: %d bytes asking for TLS, %d of handshake, %d of data",
			request, len(r.Raw())-request, data)
		if request != d.requestLength || data != 0 || r.Contains(password) {
			d.failed("WRONG: it should receive only the request to start TLS, of %d bytes, and a handshake", d.requestLength)
		}
	}
	d.fact("the impostor now holds: %s", describe(o.login()))
	if o.login() != (fakedb.Login{}) {
		d.failed("WRONG: it was to hold nothing")
	}
}

func (d *demo) wantVerified(o outcome) {
	if o.err != nil {
		d.failed("WRONG: not connected: %s", reason(o.err, ""))
		return
	}
	d.connected(o.connection)
	if o.tls.ServerName != endpoint {
		d.failed("WRONG: the name was to be %q", endpoint)
	}
	if o.login() != account {
		d.failed("WRONG: the server knows %s", describe(o.login()))
	}
}
