package rdsmysql_test

import (
	"crypto/tls"
	"crypto/x509"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// TestRegisterTLSConfig connects through profiles, to several endpoints.
func TestRegisterTLSConfig(t *testing.T) {
	t.Parallel()
	named := trusting()
	named.ServerName = host + ":3306"
	for key, opts := range map[string]*rdstls.Options{"register-shared": trusting(), "register-named": named} {
		if err := rdsmysql.RegisterTLSConfig(key, opts); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct {
		key, dialed, is string
		ok              bool
	}{
		{"register-shared", host, host, true},
		{"register-shared", other, other, true},
		{"register-shared", host, other, false},
		{"register-shared", other, host, false},
		{"register-shared", "localhost", host, false},
		{"register-named", host, host, true},
		{"register-named", "localhost", host, true},
		{"register-named", other, host, true},
		{"register-named", host, other, false},
		{"register-named", other, other, false},
	} {
		s := listen(t, fakedb.MySQLOptions{TLS: serving(authority().Instance(tt.is))})
		cfg := parse(t, canaryDSN(networkTo(s)+"("+tt.dialed+":3306)", "allowCleartextPasswords=true&tls="+tt.key))
		if err := rdsmysql.Check(cfg); err != nil {
			t.Errorf("Check(tls=%s) = %v, want nil", tt.key, err)
		}
		db := stockDB(t, cfg)
		if err := db.PingContext(t.Context()); (err == nil) != tt.ok {
			t.Errorf("tls=%s: Ping of %s at %s = %v, want success %t", tt.key, tt.is, tt.dialed, err, tt.ok)
		}
		db.Close()
		for _, c := range ended(t, s) {
			if got := leak(c, true); (got == "") == tt.ok || !isTLSRequest(c.Plain()) {
				t.Errorf("tls=%s: %s at %s heard %q, and %q outside TLS", tt.key, tt.is, tt.dialed, got, c.Plain())
			}
		}
	}
}

// TestRegisterTLSConfigByName looks at a profile with the embedded roots.
func TestRegisterTLSConfigByName(t *testing.T) {
	t.Parallel()
	const key = "register-embedded"
	if err := rdsmysql.RegisterTLSConfig(key, &rdstls.Options{ServerName: host}); err != nil {
		t.Fatal(err)
	}
	cfg := parse(t, "u:p@tcp(localhost)/?tls="+key)
	if cfg.TLS == nil || cfg.TLS.ServerName != host || cfg.TLS.RootCAs == nil || cfg.TLS.InsecureSkipVerify {
		t.Errorf("tls=%s is %+v, want a strict one for %q", key, cfg.TLS, host)
	}
	shared := parse(t, "u:p@tcp("+other+")/?tls="+registered)
	if shared.TLS == nil || shared.TLS.ServerName != other || shared.TLS.RootCAs == nil || shared.TLS.InsecureSkipVerify {
		t.Errorf("tls=%s is %+v, want a strict one for %q", registered, shared.TLS, other)
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
		{"Password with ServerName", "refused", &rdstls.Options{Password: fixed, ServerName: host}, "Password", nil},
		{"alias as ServerName", "refused", &rdstls.Options{ServerName: "localhost"}, "ServerName", rdstls.ErrNotEndpoint},
		{"unknown Region", "refused", &rdstls.Options{ServerName: "db.c9akciq32.eu-south-9.rds.amazonaws.com"}, "ServerName", rdstls.ErrNoRoots},
		{"empty Roots", "refused", &rdstls.Options{Roots: x509.NewCertPool()}, "Roots", nil},
		{"weak Base", "refused", &rdstls.Options{Base: &tls.Config{InsecureSkipVerify: true}}, "Base.InsecureSkipVerify", rdstls.ErrUnverified},
		{"Base.ServerName", "refused", &rdstls.Options{Base: &tls.Config{ServerName: host}}, "Base.ServerName", nil},
	} {
		if problem := refusal(rdsmysql.RegisterTLSConfig(tt.key, tt.opts), tt.setting, tt.want); problem != "" {
			t.Errorf("%s: RegisterTLSConfig(%q): %s", tt.name, tt.key, problem)
		}
	}
	if cfg, err := mysql.ParseDSN("tcp(" + host + ")/?tls=refused"); err == nil {
		t.Errorf("a refused profile was registered: %+v", cfg.TLS)
	}
}

// TestRegisterTLSConfigConfessions is about the DSNs that undo a profile, as the
// comment of RegisterTLSConfig says: they do, and Check tells.
func TestRegisterTLSConfigConfessions(t *testing.T) {
	t.Parallel()
	const key = "register-confession"
	if err := rdsmysql.RegisterTLSConfig(key, trusting()); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ params, setting string }{
		{"tls=" + key + "&allowFallbackToPlaintext=true", "AllowFallbackToPlaintext"},
		{"tls=" + key + "&tls=", "TLS"},
		{"TLS=" + key, "TLS"},
	} {
		s := listen(t, fakedb.MySQLOptions{Plaintext: true})
		dsn := canaryDSN(networkTo(s)+"("+host+":3306)", tt.params+"&allowCleartextPasswords=true")
		cfg := parse(t, dsn)
		if problem := refusal(rdsmysql.Check(cfg), tt.setting, rdstls.ErrPlaintext); problem != "" {
			t.Errorf("Check(%q): %s", dsn, problem)
		}
		db := stockDB(t, cfg)
		if err := db.PingContext(t.Context()); err != nil {
			t.Errorf("%q: Ping = %v, want nil; does the comment of RegisterTLSConfig say too much?", dsn, err)
		}
		db.Close()
		if conns := ended(t, s); len(conns) != 1 || !conns[0].Contains(password) {
			t.Errorf("%q: the password was not sent in plaintext", dsn)
		}
	}
}
