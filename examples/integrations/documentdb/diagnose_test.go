package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/x/mongo/driver/topology"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// TestDiagnoseDriver checks that the errors of the real driver are explained. It tries
// each server until a time limit, and then returns a ServerSelectionError, which
// does not wrap the error of any server.
func TestDiagnoseDriver(t *testing.T) {
	t.Parallel()
	other := "billing.c9akciq32.eu-west-1.rds.amazonaws.com"
	oldTLS := exampledb.Protocol{Protocol: protocol.Protocol, MaxVersion: tls.VersionTLS11}
	for name, tt := range map[string]struct {
		addr string
		want rdstls.Reason
		fact string
	}{
		"impostor":    {protocol.StartImpostor(t).Addr(), rdstls.ReasonNotRDS, "unverified"},
		"other-name":  {protocol.Start(t, other).Addr(), rdstls.ReasonName, other},
		"old-TLS":     {oldTLS.Start(t, exampledb.Endpoint).Addr(), rdstls.ReasonTLSVersion, "TLS version"},
		"plaintext":   {listening(t, func(conn net.Conn) { _, _ = io.WriteString(conn, "I am not TLS at all\n") }), rdstls.ReasonNoTLS, "TLS turned off"},
		"closed":      {listening(t, func(net.Conn) {}), rdstls.ReasonReset, "was reached"},
		"silent":      {listening(t, func(conn net.Conn) { _, _ = io.Copy(io.Discard, conn) }), rdstls.ReasonTimeout, "was reached"},
		"unreachable": {fakedb.UnusedAddr, rdstls.ReasonUnreachable, "security group"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second) // all of which the driver uses
			defer cancel()
			err := run(ctx, uri(tt.addr, "&connectTimeoutMS=1000"), exampledb.Trust(), io.Discard)
			if wrapsServerError(err) {
				t.Errorf("run = %v, which wraps the error of a server: Diagnose need not look for it any more", err)
			}
			advicetest.Want(t, name, err, tt.want, []string{tt.fact}, password)
		})
	}
}

// wrapsServerError reports whether errors.As finds why a server was refused.
func wrapsServerError(err error) bool {
	var selection topology.ServerSelectionError
	var verification *tls.CertificateVerificationError
	return errors.As(err, &selection) && errors.As(err, &verification)
}

// TestDiagnoseNoHost checks that a name without an address is explained, in the
// driver's types.
func TestDiagnoseNoHost(t *testing.T) {
	t.Parallel()
	err := topology.ServerSelectionError{Wrapped: topology.ConnectionError{Wrapped: &net.DNSError{Err: "no such host", Name: "x", IsNotFound: true}}}
	advicetest.Want(t, "no host", err, rdstls.ReasonDNS, []string{"misspelled"})
}

// listening returns an address at which do serves each connection, which is then
// closed.
func listening(t *testing.T, do func(net.Conn)) string {
	t.Helper()
	s, err := fakedb.Listen(func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 1024)) // the ClientHello
		do(conn)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.Addr()
}
