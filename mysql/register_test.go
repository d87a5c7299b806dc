package rdsmysql_test

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// TestRegisterTLSConfig checks TLS config keys with connections to several endpoints.
func TestRegisterTLSConfig(t *testing.T) {
	t.Parallel()
	named := trust()
	named.ServerName = orders + ":3306"
	for key, opts := range map[string]*rdstls.Options{"register-shared": trust(), "register-named": named} {
		if err := rdsmysql.RegisterTLSConfig(key, opts); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		key, dialed, is string
		ok              bool
	}{
		{"register-shared", orders, orders, true},
		{"register-shared", billing, billing, true},
		{"register-shared", orders, billing, false},
		{"register-shared", billing, orders, false},
		{"register-shared", "localhost", orders, false},
		{"register-named", orders, orders, true},
		{"register-named", "localhost", orders, true},
		{"register-named", billing, orders, true},
		{"register-named", orders, billing, false},
		{"register-named", billing, billing, false},
	} {
		s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(tt.is))})
		cfg := parse(t, canaryDSN(networkTo(s)+"("+tt.dialed+":3306)", "allowCleartextPasswords=true&tls="+tt.key))
		if err := rdsmysql.Check(cfg); err != nil {
			t.Errorf("Check(tls=%s) = %v, want nil", tt.key, err)
		}
		db := stockDB(t, cfg)
		if err := db.PingContext(t.Context()); (err == nil) != tt.ok {
			t.Errorf("tls=%s: Ping of %s at %s = %v, want success %t", tt.key, tt.is, tt.dialed, err, tt.ok)
		}
		db.Close()
		for _, c := range s.Ended(t) {
			_, secure := c.TLS()
			if secure != tt.ok || len(c.Secure()) > 0 != tt.ok || !c.TLSRequested() || len(c.Cleartext()) > 0 {
				t.Errorf("tls=%s: %s at %s: TLS %t, received %d bytes inside it, and %q outside", tt.key, tt.is, tt.dialed, secure, len(c.Secure()), c.Plain())
			}
		}
	}
}

// TestRegisterTLSConfigByName checks a TLS config key with the embedded roots.
func TestRegisterTLSConfigByName(t *testing.T) {
	t.Parallel()
	const key = "register-embedded"
	if err := rdsmysql.RegisterTLSConfig(key, &rdstls.Options{ServerName: orders}); err != nil {
		t.Fatal(err)
	}
	cfg := parse(t, "u:p@tcp(localhost)/?tls="+key)
	if cfg.TLS == nil || cfg.TLS.ServerName != orders || cfg.TLS.RootCAs == nil || cfg.TLS.InsecureSkipVerify {
		t.Errorf("tls=%s is %+v, want a strict one for %q", key, cfg.TLS, orders)
	}
	shared := parse(t, "u:p@tcp("+billing+")/?tls="+registered)
	if shared.TLS == nil || shared.TLS.ServerName != billing || shared.TLS.RootCAs == nil || shared.TLS.InsecureSkipVerify {
		t.Errorf("tls=%s is %+v, want a strict one for %q", registered, shared.TLS, billing)
	}
}

func TestRegisterTLSConfigRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		key     string
		opts    *rdstls.Options
		setting string
		want    error
	}{
		{"empty key", "", nil, "key", nil},
		{"true", "true", nil, "key", nil},
		{"1", "1", nil, "key", nil},
		{"False", "False", nil, "key", nil},
		{"0", "0", nil, "key", nil},
		{"skip-verify", "skip-verify", nil, "key", nil},
		{"SKIP-VERIFY", "SKIP-VERIFY", nil, "key", nil},
		{"preferred", "preferred", nil, "key", nil},
		{"Password", "refused", &rdstls.Options{Password: fixed}, "Password", nil},
		{"Password with ServerName", "refused", &rdstls.Options{Password: fixed, ServerName: orders}, "Password", nil},
		{"alias as ServerName", "refused", &rdstls.Options{ServerName: "localhost"}, "ServerName", rdstls.ErrNotEndpoint},
		{"unknown Region", "refused", &rdstls.Options{ServerName: "db.c9akciq32.eu-south-9.rds.amazonaws.com"}, "ServerName", rdstls.ErrNoRoots},
		{"empty Roots", "refused", &rdstls.Options{Roots: x509.NewCertPool()}, "Roots", nil},
		{"weak Base", "refused", &rdstls.Options{Base: &tls.Config{InsecureSkipVerify: true}}, "Base.InsecureSkipVerify", rdstls.ErrUnverified},
		{"Base.ServerName", "refused", &rdstls.Options{Base: &tls.Config{ServerName: orders}}, "Base.ServerName", nil},
	} {
		advicetest.WantConfigError(t, fmt.Sprintf("%s: RegisterTLSConfig(%q)", tt.name, tt.key), rdsmysql.RegisterTLSConfig(tt.key, tt.opts), tt.setting, tt.want)
	}
	if cfg, err := mysql.ParseDSN("tcp(" + orders + ")/?tls=refused"); err == nil {
		t.Errorf("a refused TLS config key was registered: %+v", cfg.TLS)
	}
}

// TestRegisterTLSConfigLimits checks that the DSNs that undo a TLS config key do so,
// as the comment of RegisterTLSConfig says, and that Check reports it.
func TestRegisterTLSConfigLimits(t *testing.T) {
	t.Parallel()
	const key = "register-confession"
	if err := rdsmysql.RegisterTLSConfig(key, trust()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ params, setting string }{
		{"tls=" + key + "&allowFallbackToPlaintext=true", "AllowFallbackToPlaintext"},
		{"tls=" + key + "&tls=", "TLS"},
		{"TLS=" + key, "TLS"},
	} {
		s := listen(t, fakedb.MySQLOptions{Plaintext: true})
		dsn := canaryDSN(networkTo(s)+"("+orders+":3306)", tt.params+"&allowCleartextPasswords=true")
		cfg := parse(t, dsn)
		advicetest.WantConfigError(t, fmt.Sprintf("Check(%q)", dsn), rdsmysql.Check(cfg), tt.setting, rdstls.ErrPlaintext)
		own, err := rdsmysql.ParseDSN(dsn)
		if err != nil {
			t.Fatal(err)
		}
		advicetest.WantConfigError(t, fmt.Sprintf("Check(ParseDSN(%q))", dsn), rdsmysql.Check(own), tt.setting, rdstls.ErrPlaintext)
		db := stockDB(t, cfg)
		if err := db.PingContext(t.Context()); err != nil {
			t.Errorf("%q: Ping = %v, want nil; does the comment of RegisterTLSConfig say too much?", dsn, err)
		}
		db.Close()
		if conns := s.Ended(t); len(conns) != 1 || !conns[0].Contains(canaryPassword) {
			t.Errorf("%q: the password was not sent in plaintext", dsn)
		}
	}
}
