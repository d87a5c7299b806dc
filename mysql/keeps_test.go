package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"testing"

	"github.com/go-sql-driver/mysql"

	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// TestConfigureKeepsClientCertificates checks that Configure keeps the client
// certificates of the configuration, and that those in Options.Base win.
func TestConfigureKeepsClientCertificates(t *testing.T) {
	t.Parallel()
	const clientCertKey = "with-client-certificate"
	held := tls.Config{Certificates: []tls.Certificate{{OCSPStaple: []byte("held")}}, InsecureSkipVerify: true}
	if err := mysql.RegisterTLSConfig(clientCertKey, held.Clone()); err != nil {
		t.Fatal(err)
	}
	get := func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return nil, errors.New("got") }
	for _, tt := range []struct {
		name  string
		cfg   *mysql.Config
		base  *tls.Config
		want  string // the certificate's mark
		calls bool   // whether GetClientCertificate is there
	}{
		{"in-TLS", &mysql.Config{TLS: held.Clone()}, nil, "held", false},
		{"in-TLS-empty-Base", &mysql.Config{TLS: held.Clone()}, &tls.Config{}, "held", false},
		{"in-key-of-DSN", parse(t, "u:p@tcp("+orders+")/db?tls="+clientCertKey), nil, "held", false},
		{"in-key", &mysql.Config{TLSConfig: clientCertKey}, nil, "held", false},
		{"from-function", &mysql.Config{TLS: &tls.Config{GetClientCertificate: get}}, nil, "", true},
		{
			"in-Base-as-well",
			&mysql.Config{TLS: held.Clone()},
			&tls.Config{Certificates: []tls.Certificate{{OCSPStaple: []byte("base")}}},
			"base", false,
		},
		{"from-function-of-Base", &mysql.Config{TLS: held.Clone()}, &tls.Config{GetClientCertificate: get}, "", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tt.cfg.Net, tt.cfg.Addr = "tcp", orders
			configure(t, tt.cfg, &rdstls.Options{Base: tt.base})
			var got string
			if len(tt.cfg.TLS.Certificates) == 1 {
				got = string(tt.cfg.TLS.Certificates[0].OCSPStaple)
			}
			if calls := tt.cfg.TLS.GetClientCertificate != nil; got != tt.want || calls != tt.calls {
				t.Errorf("client certificate = %q, a function = %t, want %q, %t", got, calls, tt.want, tt.calls)
			}
		})
	}
}

func TestConfigureKeepsMinVersion(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ held, base, want uint16 }{
		{0, 0, tls.VersionTLS12},
		{tls.VersionTLS10, 0, tls.VersionTLS12},
		{tls.VersionTLS12, 0, tls.VersionTLS12},
		{tls.VersionTLS13, 0, tls.VersionTLS13},
		{0, tls.VersionTLS13, tls.VersionTLS13},
		{tls.VersionTLS13, tls.VersionTLS12, tls.VersionTLS13},
		{tls.VersionTLS10, tls.VersionTLS13, tls.VersionTLS13},
	} {
		cfg := &mysql.Config{Net: "tcp", Addr: orders, TLS: &tls.Config{MinVersion: tt.held}}
		configure(t, cfg, &rdstls.Options{Base: &tls.Config{MinVersion: tt.base}})
		if cfg.TLS.MinVersion != tt.want || cfg.TLS.MaxVersion != 0 {
			t.Errorf("MinVersion %x with Base %x = %x, want %x", tt.held, tt.base, cfg.TLS.MinVersion, tt.want)
		}
	}
}

// TestConfigureDropsWeakeningFields checks that Configure drops what would weaken
// the verification from the TLS configuration that it was given.
func TestConfigureDropsWeakeningFields(t *testing.T) {
	t.Parallel()
	cfg := &mysql.Config{Net: "tcp", Addr: orders, TLS: &tls.Config{
		InsecureSkipVerify: true, RootCAs: otherRegionCA.Pool(), ServerName: billing, MaxVersion: tls.VersionTLS11,
		KeyLogWriter: t.Output(), CipherSuites: []uint16{tls.TLS_RSA_WITH_RC4_128_SHA},
	}}
	configure(t, cfg, nil)
	if c := cfg.TLS; c.InsecureSkipVerify || c.ServerName != orders || c.MaxVersion != 0 || c.KeyLogWriter != nil ||
		c.CipherSuites != nil || c.RootCAs.Equal(otherRegionCA.Pool()) {
		t.Errorf("TLS = %+v, want nothing of what it was", c)
	}
}

// hook returns a VerifyConnection that notes its name in calls.
func hook(calls *[]string, name string, err error) func(tls.ConnectionState) error {
	return func(tls.ConnectionState) error {
		*calls = append(*calls, name)
		return err
	}
}

// TestConfigureKeepsVerifyConnection checks that VerifyConnection of the
// configuration and of Options.Base run once each, and only for verified servers.
func TestConfigureKeepsVerifyConnection(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused by the hook")
	for _, tt := range []struct {
		name  string
		again int // how often Configure is called again
		fails bool
		weak  bool // InsecureSkipVerify is set later, and the server another
		want  []string
	}{
		{name: "once", want: []string{"base", "held"}},
		{name: "again", again: 2, want: []string{"base", "held"}},
		{name: "refusing", fails: true, want: []string{"base"}},
		{name: "other-server", weak: true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var calls []string
			opts := trust()
			opts.Base = &tls.Config{VerifyConnection: hook(&calls, "base", nil)}
			if tt.fails {
				opts.Base.VerifyConnection = hook(&calls, "base", refused)
			}
			cfg := &mysql.Config{Net: "tcp", Addr: orders, TLS: &tls.Config{VerifyConnection: hook(&calls, "held", nil)}}
			for range 1 + tt.again {
				configure(t, cfg, opts)
				cfg = cfg.Clone() // as the driver does
			}
			cert := ca.Instance(orders)
			if tt.weak {
				cfg.TLS.InsecureSkipVerify = true
				cert = ca.Instance(billing)
			}
			err := handshake(t, cfg.TLS, cert)
			if tt.fails != errors.Is(err, refused) || tt.weak != errors.Is(err, rdstls.ErrUnverified) || err != nil && !tt.fails && !tt.weak {
				t.Errorf("handshake = %v", err)
			}
			if !slices.Equal(calls, tt.want) {
				t.Errorf("hooks called = %q, want %q", calls, tt.want)
			}
		})
	}
}

// TestConfigureAfterRegisterTLSConfig checks that a program can move from
// RegisterTLSConfig to OpenDB and keep its DSN: the roots and the name of the TLS
// config key do not refuse the servers that the options name.
func TestConfigureAfterRegisterTLSConfig(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		key  string
		opts *rdstls.Options
	}{
		{"keeps-shared", nil},
		{"keeps-named", &rdstls.Options{ServerName: billing}},
		{"keeps-other-region", &rdstls.Options{Roots: otherRegionCA.Pool()}},
	} {
		t.Run(tt.key, func(t *testing.T) {
			t.Parallel()
			var calls []string
			opts := &rdstls.Options{Base: &tls.Config{VerifyConnection: hook(&calls, "registered", nil)}}
			if tt.opts != nil {
				opts.ServerName, opts.Roots = tt.opts.ServerName, tt.opts.Roots
			}
			if err := rdsmysql.RegisterTLSConfig(tt.key, opts); err != nil {
				t.Fatal(err)
			}
			cfg := parse(t, "u:p@tcp("+orders+")/db?tls="+tt.key)
			configure(t, cfg, trust())
			if err := handshake(t, cfg.TLS, ca.Instance(orders)); err != nil {
				t.Errorf("handshake = %v, want nil", err)
			}
			if want := []string{"registered"}; !slices.Equal(calls, want) {
				t.Errorf("hooks called = %q, want %q", calls, want)
			}
		})
	}
}

// TestConfigureKeepsBeforeConnect checks that Configure leaves the driver's hook to
// the caller if it needs none for a password.
func TestConfigureKeepsBeforeConnect(t *testing.T) {
	t.Parallel()
	stop := errors.New("stopped by the hook")
	cfg := parse(t, "u:p@tcp("+orders+")/db")
	if err := cfg.Apply(mysql.BeforeConnect(func(context.Context, *mysql.Config) error { return stop })); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		configure(t, cfg, nil)
		if err := connect(t.Context(), cfg, nil); !errors.Is(err, stop) {
			t.Errorf("Connect = %v, want %v", err, stop)
		}
	}
}

// TestPasswordReplacesBeforeConnect checks that the driver's hook does not run if
// Options.Password is set, as the package comment says.
func TestPasswordReplacesBeforeConnect(t *testing.T) {
	t.Parallel()
	stop := errors.New("stopped by Options.Password")
	cfg := parse(t, "u@tcp("+orders+")/db")
	if err := cfg.Apply(mysql.BeforeConnect(func(context.Context, *mysql.Config) error { return errors.New("the hook ran") })); err != nil {
		t.Fatal(err)
	}
	opts := &rdstls.Options{Password: func(context.Context, string, string) (string, error) { return "", stop }}
	if err := connect(t.Context(), cfg, opts); !errors.Is(err, stop) {
		t.Errorf("Connect = %v, want %v", err, stop)
	}
}
