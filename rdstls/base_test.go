package rdstls_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"reflect"
	"testing"

	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// nonZero is a value of each field of tls.Config that Base may not set, and why
// it matters: the wrong server, or secrets given away.
var refusedFields = map[string]func(*tls.Config){
	"InsecureSkipVerify": func(c *tls.Config) { c.InsecureSkipVerify = true },
	"RootCAs":            func(c *tls.Config) { c.RootCAs = x509.NewCertPool() },
	"ServerName":         func(c *tls.Config) { c.ServerName = other },
	"MaxVersion":         func(c *tls.Config) { c.MaxVersion = tls.VersionTLS11 },
	"VerifyPeerCertificate": func(c *tls.Config) {
		c.VerifyPeerCertificate = func([][]byte, [][]*x509.Certificate) error { return nil }
	},
	"KeyLogWriter":                   func(c *tls.Config) { c.KeyLogWriter = io.Discard },
	"Rand":                           func(c *tls.Config) { c.Rand = zeroes{} },
	"EncryptedClientHelloConfigList": func(c *tls.Config) { c.EncryptedClientHelloConfigList = []byte{1} },
	"EncryptedClientHelloRejectionVerify": func(c *tls.Config) {
		c.EncryptedClientHelloRejectionVerify = func(tls.ConnectionState) error { return nil }
	},
	"EncryptedClientHelloKeys": func(c *tls.Config) { c.EncryptedClientHelloKeys = []tls.EncryptedClientHelloKey{{}} },
}

// passedFields are the fields that Base supplies, or that concern servers alone.
var passedFields = []string{
	"Time", "Certificates", "NameToCertificate", "GetCertificate", "GetClientCertificate", "GetConfigForClient",
	"NextProtos", "ClientAuth", "ClientCAs", "CipherSuites", "PreferServerCipherSuites", "SessionTicketsDisabled",
	"SessionTicketKey", "ClientSessionCache", "UnwrapSession", "WrapSession", "MinVersion", "CurvePreferences",
	"DynamicRecordSizingDisabled", "Renegotiation", "VerifyConnection", "GetEncryptedClientHelloKeys",
}

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { return len(p), nil }

func TestBaseRefused(t *testing.T) {
	t.Parallel()
	for field, set := range refusedFields {
		base := &tls.Config{}
		set(base)
		_, err := rdstls.ClientConfig(instance, &rdstls.Options{Base: base})
		wantConfigError(t, err, "Base."+field, nil)
		_, err = rdstls.SharedConfig(&rdstls.Options{Base: base})
		wantConfigError(t, err, "Base."+field, nil)
	}
	_, err := rdstls.ClientConfig(instance, &rdstls.Options{Base: &tls.Config{MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS12}})
	wantConfigError(t, err, "Base.MaxVersion", nil)
}

// A field that a new Go release adds fails here until a maintainer decides whether
// Base may set it.
func TestBaseFieldsAreDecided(t *testing.T) {
	t.Parallel()
	decided := map[string]bool{}
	for _, field := range passedFields {
		decided[field] = true
	}
	for field := range refusedFields {
		decided[field] = true
	}
	for i := range reflect.TypeFor[tls.Config]().NumField() {
		field := reflect.TypeFor[tls.Config]().Field(i)
		if field.IsExported() && !decided[field.Name] {
			t.Errorf("tls.Config.%s is neither refused nor passed on", field.Name)
		}
	}
}

func TestBasePassedOn(t *testing.T) {
	t.Parallel()
	base := &tls.Config{
		ServerName:             "ORDERS.c9akciq32.eu-west-1.rds.amazonaws.com.", // the name itself, otherwise spelt
		NextProtos:             []string{"postgresql"},
		MinVersion:             tls.VersionTLS13,
		CurvePreferences:       []tls.CurveID{tls.CurveP256},
		SessionTicketsDisabled: true,
		ClientSessionCache:     tls.NewLRUClientSessionCache(1),
		Certificates:           make([]tls.Certificate, 1),
	}
	before := base.Clone()
	cfg := mustConfig(t, instance, &rdstls.Options{Base: base})
	want := base.Clone()
	want.ServerName, want.RootCAs, want.VerifyConnection = instance, cfg.RootCAs, nil
	got := cfg.Clone()
	got.VerifyConnection = nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("ClientConfig with Base = %+v, want %+v", got, want)
	}
	if !reflect.DeepEqual(base.Clone(), before) {
		t.Error("ClientConfig changed Base")
	}
	if v := mustConfig(t, instance, &rdstls.Options{Base: &tls.Config{MinVersion: tls.VersionTLS10}}).MinVersion; v != tls.VersionTLS12 {
		t.Errorf("MinVersion = %x with TLS 1.0 in Base, want TLS 1.2", v)
	}
	def := mustConfig(t, instance, nil)
	if def.MinVersion != tls.VersionTLS12 || def.MaxVersion != 0 || def.ClientSessionCache == nil || def.CipherSuites != nil || def.CurvePreferences != nil {
		t.Errorf("ClientConfig(%q, nil) = %+v, want TLS 1.2 or later, a session cache, and Go's defaults", instance, def)
	}
}

// The caller's VerifyConnection runs once, after the server was verified, and
// its error refuses the server.
func TestBaseVerifyConnection(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	calls := 0
	errMine := errors.New("not today")
	base := &tls.Config{VerifyConnection: func(cs tls.ConnectionState) error {
		if calls++; len(cs.VerifiedChains) == 0 {
			t.Error("Base.VerifyConnection runs before the server was verified")
		}
		return errMine
	}}
	cfg := mustConfig(t, instance, &rdstls.Options{Roots: ca.Pool(), Base: base})
	s := connect(t, cfg, serverWith(ca.Instance(instance)))
	wantRefused(t, s)
	if !errors.Is(s.clientErr, errMine) || calls != 1 {
		t.Errorf("error %v after %d calls, want the caller's own after 1", s.clientErr, calls)
	}
	weak := cfg.Clone()
	weak.InsecureSkipVerify = true
	wantRefused(t, connect(t, weak, serverWith(ca.Instance(other))))
	if calls != 1 {
		t.Errorf("Base.VerifyConnection ran for a server that was refused")
	}
}
