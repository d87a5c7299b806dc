package rdsmysql_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/testcerts"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// tlsParams are the ways to write tls in a DSN that the driver accepts, and what
// Configure makes of them.
var tlsParams = []struct {
	params string
	want   error // nil if it is upgraded
}{
	{params: ""},
	{params: "tls="},
	{params: "tls"},
	{params: "tls=true"},
	{params: "tls=1"},
	{params: "tls=TRUE"},
	{params: "tls=True"},
	{params: "tls=skip-verify"},
	{params: "tls=SKIP-VERIFY"},
	{params: "tls=preferred"},
	{params: "tls=Preferred"},
	{params: "tls=" + registered},
	{params: "tls=" + handWritten},
	{params: "TLS=" + registered},
	{params: "sslmode=verify-full"},
	{params: "tls=" + registered + "&tls="},
	{params: "tls=false&tls=" + registered},
	{params: "tls=" + registered + "&tls=preferred"},
	{params: "tls=false", want: rdstls.ErrPlaintext},
	{params: "tls=0", want: rdstls.ErrPlaintext},
	{params: "tls=FALSE", want: rdstls.ErrPlaintext},
	{params: "tls=False", want: rdstls.ErrPlaintext},
	{params: "tls=" + registered + "&tls=false", want: rdstls.ErrPlaintext},
	{params: "tls=true&tls=0", want: rdstls.ErrPlaintext},
}

// flags are all combinations of the parameters that let a server weaken the login.
var flags = func() (all []string) {
	for i := range 8 {
		var set []string
		for bit, flag := range []string{"allowFallbackToPlaintext=true", "allowCleartextPasswords=true", "allowOldPasswords=true"} {
			if i&(1<<bit) != 0 {
				set = append(set, flag)
			}
		}
		all = append(all, join(set...))
	}
	return all
}()

// TestConfigureTLSParams checks that Configure overrides every value of tls, with
// every combination of the weakening parameters, and refuses those that ask for
// plaintext.
func TestConfigureTLSParams(t *testing.T) {
	t.Parallel()
	for _, s := range tlsParams {
		for _, f := range flags {
			dsn := "u:p@tcp(" + orders + ":3306)/db?" + join(s.params, f)
			cfg := parse(t, dsn)
			before := snapshot(cfg)
			err := rdsmysql.Configure(cfg, nil)
			if s.want != nil {
				advicetest.WantConfigError(t, fmt.Sprintf("Configure(%q)", dsn), err, "tls", s.want)
				before.unchanged(t, dsn, cfg)
				continue
			}
			if err != nil {
				t.Errorf("Configure(%q) = %v, want nil", dsn, err)
				continue
			}
			before.strict(t, dsn, cfg, orders)
		}
	}
}

// TestConfigureAddresses checks that Configure accepts every way to write the
// address and TLS of an endpoint, and verifies it.
func TestConfigureAddresses(t *testing.T) {
	t.Parallel()
	skip := &tls.Config{InsecureSkipVerify: true}
	for _, tt := range []struct {
		name string
		cfg  mysql.Config
	}{
		{"zero", mysql.Config{Addr: orders + ":3306"}},
		{"zero-without-port", mysql.Config{Addr: orders}},
		{"without-port", mysql.Config{Net: "tcp", Addr: orders}},
		{"other-port", mysql.Config{Net: "tcp", Addr: orders + ":13306"}},
		{"tcp4", mysql.Config{Net: "tcp4", Addr: orders + ":3306"}},
		{"tcp6", mysql.Config{Net: "tcp6", Addr: orders + ":3306"}},
		{"registered-network", mysql.Config{Net: "mynet", Addr: orders + ":3306"}},
		{"upper-case", mysql.Config{Net: "tcp", Addr: strings.ToUpper(orders) + ":3306"}},
		{"final-dot", mysql.Config{Net: "tcp", Addr: orders + ".:3306"}},
		{"TLS", mysql.Config{Net: "tcp", Addr: orders, TLS: skip}},
		{"TLS-for-another", mysql.Config{Net: "tcp", Addr: orders, TLS: &tls.Config{RootCAs: otherRegionCA.Pool(), ServerName: billing}}},
		{"TLS-after-false", mysql.Config{Net: "tcp", Addr: orders, TLSConfig: "false", TLS: skip}},
		{"TLS-before-unknown-key", mysql.Config{Net: "tcp", Addr: orders, TLSConfig: "unknown", TLS: skip}},
		{"registered-key", mysql.Config{Net: "tcp", Addr: orders, TLSConfig: registered}},
		{"hand-written-key", mysql.Config{Net: "tcp", Addr: orders, TLSConfig: handWritten}},
		{"true-key", mysql.Config{Net: "tcp", Addr: orders, TLSConfig: "true"}},
		{"skip-verify-key", mysql.Config{Net: "tcp", Addr: orders, TLSConfig: "skip-verify"}},
		{"preferred-key", mysql.Config{Net: "tcp", Addr: orders, TLSConfig: "preferred"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			byHand := mysql.NewConfig()
			byHand.Net, byHand.Addr, byHand.TLSConfig, byHand.TLS = tt.cfg.Net, tt.cfg.Addr, tt.cfg.TLSConfig, tt.cfg.TLS
			for _, cfg := range []*mysql.Config{tt.cfg.Clone(), byHand} {
				before := snapshot(cfg)
				if err := rdsmysql.Configure(cfg, nil); err != nil {
					t.Fatalf("Configure(%+v) = %v, want nil", tt.cfg, err)
				}
				before.strict(t, tt.name, cfg, orders)
			}
		})
	}
}

// TestConfigureAliases checks that Options.ServerName or Roots make other addresses
// acceptable.
func TestConfigureAliases(t *testing.T) {
	t.Parallel()
	named := &rdstls.Options{ServerName: strings.ToUpper(orders) + ".:3306"}
	for _, tt := range []struct {
		addr string
		opts *rdstls.Options
		want string
	}{
		{"tcp(localhost:13306)", named, orders},
		{"tcp(127.0.0.1)", named, orders},
		{"tcp(::1)", named, orders},
		{"tcp([::1]:13306)", named, orders},
		{"tcp4(10.0.0.1:3306)", named, orders},
		{"", named, orders}, // the driver's default address
		{"tcp(" + billing + ":3306)", named, orders},
		{"mynet(bastion:1)", named, orders},
		{"tcp(db.internal)", trust(), "db.internal"},
		{"tcp(127.0.0.1)", trust(), "127.0.0.1"},
		{"tcp(::1)", trust(), "::1"},
	} {
		dsn := "u:p@" + tt.addr + "/db?tls=preferred"
		cfg := parse(t, dsn)
		if err := rdsmysql.Configure(cfg, tt.opts); err != nil {
			t.Errorf("Configure(%q, %+v) = %v, want nil", dsn, tt.opts, err)
			continue
		}
		if cfg.TLS.ServerName != tt.want || rdsmysql.Check(cfg) != nil {
			t.Errorf("Configure(%q): ServerName = %q, Check = %v, want %q, nil", dsn, cfg.TLS.ServerName, rdsmysql.Check(cfg), tt.want)
		}
	}
}

func TestNewConnectorKeepsArgument(t *testing.T) {
	t.Parallel()
	for _, params := range []string{"", "tls=skip-verify", "tls=preferred&allowOldPasswords=true", "tls=" + handWritten} {
		cfg := parse(t, "u:p@tcp("+orders+")/db?"+params)
		before := snapshot(cfg)
		if _, err := rdsmysql.NewConnector(cfg, nil); err != nil {
			t.Errorf("NewConnector(%q) = %v, want nil", params, err)
		}
		before.unchanged(t, params, cfg)
		if cfg.DialFunc != nil {
			t.Errorf("NewConnector(%q) set DialFunc", params)
		}
	}
}

// A config is what a mysql.Config was before a call.
type config struct {
	cfg *mysql.Config // a copy, which shares no TLS with the original
	tls *tls.Config   // the original's
}

func snapshot(cfg *mysql.Config) config { return config{cfg.Clone(), cfg.TLS} }

// unchanged fails the test unless cfg is as it was. Functions in it must be nil.
func (before config) unchanged(t *testing.T, name string, cfg *mysql.Config) {
	t.Helper()
	now := cfg.Clone()
	if cfg.TLS != before.tls {
		t.Errorf("%q: the pointer TLS has changed", name)
	}
	if now.TLS != nil && before.cfg.TLS != nil {
		// Of a TLS config key of this package; functions are not comparable.
		now.TLS.VerifyConnection, before.cfg.TLS.VerifyConnection = nil, nil
	}
	if !reflect.DeepEqual(now, before.cfg) {
		t.Errorf("%q: the configuration is\n%+v, want it unchanged:\n%+v", name, now, before.cfg)
	}
}

// strict fails the test unless cfg verifies name with the roots of eu-west-1 and
// differs from before only as the comment of Configure says.
func (before config) strict(t *testing.T, dsn string, cfg *mysql.Config, name string) {
	t.Helper()
	roots := bundle.AmazonTrust()
	bundle.AddRegion(roots, "eu-west-1")
	strictWith(t, dsn, cfg, name, roots)
	if got, err := mysql.ParseDSN(cfg.FormatDSN()); err == nil || !strings.Contains(err.Error(), "set by rdsmysql in code: pass the *sql.DB or Connector, not a DSN") {
		t.Errorf("Configure(%q): a DSN made of it parses to %+v, %v, want an error that explains", dsn, got, err)
	}
	if stock, err := mysql.NewConnector(cfg); err != nil || stock == nil {
		t.Errorf("Configure(%q): mysql.NewConnector = %v, want nil", dsn, err)
	}
	rest, want := cfg.Clone(), before.cfg
	for _, c := range []*mysql.Config{rest, want} {
		c.TLS, c.TLSConfig, c.AllowFallbackToPlaintext, c.AllowOldPasswords = nil, "", false, false
	}
	if !reflect.DeepEqual(rest, want) {
		t.Errorf("Configure(%q) also changed\n%+v to\n%+v", dsn, want, rest)
	}
}

func strictWith(t *testing.T, dsn string, cfg *mysql.Config, name string, roots *x509.CertPool) {
	t.Helper()
	switch {
	case cfg.TLS == nil:
		t.Errorf("Configure(%q): TLS = nil", dsn)
	case cfg.TLS.InsecureSkipVerify, cfg.TLS.ServerName != name, cfg.TLS.MinVersion < tls.VersionTLS12, cfg.TLS.VerifyConnection == nil:
		t.Errorf("Configure(%q): TLS = %+v, want a strict one for %q", dsn, cfg.TLS, name)
	case !cfg.TLS.RootCAs.Equal(roots):
		t.Errorf("Configure(%q): RootCAs are not the wanted ones", dsn)
	case cfg.AllowFallbackToPlaintext, cfg.AllowOldPasswords:
		t.Errorf("Configure(%q): AllowFallbackToPlaintext, AllowOldPasswords = %t, %t, want false",
			dsn, cfg.AllowFallbackToPlaintext, cfg.AllowOldPasswords)
	}
	if err := rdsmysql.Check(cfg); err != nil {
		t.Errorf("Configure(%q): Check = %v, want nil", dsn, err)
	}
}

// TestConfigureVerifies makes handshakes with what Configure made.
func TestConfigureVerifies(t *testing.T) {
	t.Parallel()
	cfg := parse(t, "u:p@tcp("+orders+")/db?tls=skip-verify")
	configure(t, cfg, trust())
	if err := handshake(t, cfg.TLS, ca.Instance(orders)); err != nil {
		t.Errorf("handshake = %v, want nil", err)
	}
	for _, bad := range testcerts.Bad(ca, orders) {
		if err := handshake(t, cfg.TLS.Clone(), bad.Cert); err == nil {
			t.Errorf("handshake with %s = nil, want an error", bad.Name)
		}
	}
}
