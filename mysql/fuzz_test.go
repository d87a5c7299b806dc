package rdsmysql_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"

	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// FuzzConfigure feeds DSNs: what is not refused is strict and names the host that
// is dialed.
func FuzzConfigure(f *testing.F) {
	if setupErr != nil {
		f.Fatal(setupErr)
	}
	for i, addr := range []string{
		"", "tcp", "tcp(" + orders + ")", "tcp(" + orders + ":3306)", "tcp4(" + orders + ":1)", "mynet(" + orders + ":3306)", "unix(/tmp/mysql.sock)",
		"tcp(localhost)", "tcp([::1]:3306)", "tcp(::1)", "tcp(" + strings.ToUpper(orders) + ".:3306)", "tcp(:3306)", "tcp(" + orders + ":)",
		"tcp(p.proxy-c9akciq32.us-east-1.rds.amazonaws.com)", "tcp(g.global-c9akciq32.global.rds.amazonaws.com)",
		"tcp(db.c9akciq32.rds.cn-north-1.amazonaws.com.cn)",
	} {
		for j, s := range tlsParams {
			if (i+j)%8 == 0 { // few seeds: they are all that a short run gets to
				f.Add("u:p@"+addr+"/db?"+s.params, s.want == nil)
			}
		}
	}
	f.Add("u:p@tcp("+orders+":3306)/db?"+permissiveParams, false)
	f.Fuzz(func(t *testing.T, dsn string, withRoots bool) {
		if db, err := rdsmysql.OpenDB(dsn, nil); err == nil {
			db.Close()
		}
		if strings.Contains(dsn, "strict=") {
			return // the driver's parser panics; OpenDB did not
		}
		cfg, err := mysql.ParseDSN(dsn)
		if err != nil {
			if _, err := rdsmysql.OpenDB(dsn, nil); err == nil {
				t.Errorf("OpenDB(%q) = nil, want an error: the driver does not parse it", dsn)
			}
			return
		}
		opts := &rdstls.Options{}
		if withRoots {
			opts = trust()
		}
		before := snapshot(cfg)
		if err := rdsmysql.Configure(cfg, opts); err != nil {
			wantRefusal(t, dsn, cfg, err, withRoots)
			before.unchanged(t, dsn, cfg)
			return
		}
		wantStrict(t, dsn, cfg, withRoots)
	})
}

// wantRefusal fails the test unless err, of Configure, says why it refused cfg.
func wantRefusal(t *testing.T, dsn string, cfg *mysql.Config, err error, withRoots bool) {
	t.Helper()
	var refused *rdstls.ConfigError
	if !errors.As(err, &refused) || refused.Setting == "" {
		t.Errorf("Configure(%q) = %v, want a ConfigError", dsn, err)
	}
	if withRoots && errors.Is(err, rdstls.ErrNotEndpoint) {
		t.Errorf("Configure(%q) with Roots = %v, which matches ErrNotEndpoint", dsn, err)
	}
	dialed, _, split := net.SplitHostPort(cfg.Addr)
	if _, other := rdstls.ParseEndpoint(dialed); errors.Is(err, rdstls.ErrNotEndpoint) && cfg.Net != "unix" && split == nil && other == nil {
		t.Errorf("Configure(%q) = %v for the endpoint %q", dsn, err, dialed)
	}
}

// wantStrict fails the test unless cfg, which Configure accepted, verifies the host.
func wantStrict(t *testing.T, dsn string, cfg *mysql.Config, withRoots bool) {
	t.Helper()
	if err := rdsmysql.Check(cfg); err != nil {
		t.Errorf("Configure(%q) = nil, and Check = %v", dsn, err)
	}
	dialed, _, err := net.SplitHostPort(cfg.Addr)
	if err != nil {
		t.Fatalf("Configure(%q) = nil for the address %q", dsn, cfg.Addr)
	}
	if c := cfg.TLS; c.InsecureSkipVerify || c.VerifyConnection == nil || cfg.AllowFallbackToPlaintext || cfg.AllowOldPasswords {
		t.Errorf("Configure(%q) made %+v with TLS %+v", dsn, cfg, c)
	}
	name := cfg.TLS.ServerName
	if net.ParseIP(dialed) == nil && name != strings.ToLower(strings.TrimSuffix(dialed, ".")) {
		t.Errorf("Configure(%q): ServerName = %q, want the host %q", dsn, name, dialed)
	}
	if ip := net.ParseIP(dialed); ip != nil && !ip.Equal(net.ParseIP(name)) {
		t.Errorf("Configure(%q): ServerName = %q, want the address %q", dsn, name, dialed)
	}
	if _, err := rdstls.ParseEndpoint(name); err != nil && !withRoots {
		t.Errorf("Configure(%q): ServerName = %q: %v", dsn, name, err)
	}
	if _, err := mysql.ParseDSN(cfg.FormatDSN()); err == nil {
		t.Errorf("Configure(%q): a DSN made of it parses", dsn)
	}
}

// FuzzErrorsHoldNoSecret checks that no error holds a part of the password, for real DSNs in
// which text was replaced. Where the password is in the place of the host, it is
// one to everybody: such mutations prove nothing.
func FuzzErrorsHoldNoSecret(f *testing.F) {
	seeds := []string{
		"app:%s@tcp(" + orders + ":3306)/db?tls=preferred", "app:%s@tcp(" + orders + ")/?loc=UTC", "app:%s@" + orders + "/db", "mysql://app:%s@" + orders + ":3306/db",
		"app:%s@tunnel(" + orders + ":1)/db?allowOldPasswords=true", "app:%s@unix(/tmp/s)/db", "app:%s@/db", "app@tcp(" + orders + ")/db?password=%s", "app:%s@tcp(localhost)/db?tls=false",
	}
	for seed := range seeds {
		for i, separator := range separators {
			switch (seed + i) % 20 {
			case 0:
				f.Add(seed, separator, 3, 1, "")
			case 10:
				f.Add(seed, separator, 30, 2, "@")
			}
		}
	}
	f.Fuzz(func(t *testing.T, seed int, separator string, at, drop int, insert string) {
		if strings.Contains(insert, "tcp") || strings.Contains(separator, "tcp") {
			return
		}
		dsn := strings.Replace(seeds[uint(seed)%uint(len(seeds))], "%s", wordA+separator+wordB, 1)
		start := int(uint(at) % uint(len(dsn)))
		dsn = dsn[:start] + insert + dsn[min(len(dsn), start+int(uint(drop)%4)):]
		cfg, err := rdsmysql.ParseDSN(dsn)
		wantNoCanary(t, dsn, err)
		if err != nil || strings.Contains(cfg.Addr, wordA[1:]) || strings.Contains(cfg.Addr, wordB[:len(wordB)-1]) {
			return
		}
		wantNoCanary(t, dsn, rdsmysql.Check(cfg))
		_, err = rdsmysql.NewConnector(cfg, nil)
		wantNoCanary(t, dsn, err)
		wantNoCanary(t, dsn, rdsmysql.Configure(cfg, trust()))
	})
}
