package rdspgx_test

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// FuzzConfigure checks that Configure, for any string, returns an error and changes
// nothing, or makes every attempt verify the host that it dials.
func FuzzConfigure(f *testing.F) {
	var seeds []string
	for _, r := range refusals {
		seeds = append(seeds, r.connString)
	}
	for _, list := range hostLists {
		for _, form := range forms {
			for _, m := range modes {
				seeds = append(seeds, form.dsn(list.hosts, append(m.params, "sslnegotiation=direct")...))
			}
		}
	}
	for i, s := range append(seeds, secretStrings()...) {
		if i%5 == 0 { // few seeds: they are all that a short run gets to
			f.Add(s, "", i%2 == 0)
		}
	}
	f.Add("postgres://u@localhost:15432/d", orders+":5432", false)
	f.Add("host=10.0.0.1", "db.example.com", true)
	f.Fuzz(func(t *testing.T, connString, serverName string, roots bool) {
		if namesFile(connString) {
			return
		}
		cfg, err := pgx.ParseConfig(connString)
		if err != nil {
			return
		}
		opts := &rdstls.Options{ServerName: serverName}
		if roots {
			opts.Roots = ca.Pool()
		}
		before := snapshot(cfg)
		hosts := attemptsOf(cfg)
		if err := rdspgx.Configure(cfg, opts); err != nil {
			wantUnchanged(t, before, snapshot(cfg))
			wantRefusal(t, connString, hosts, err, serverName)
			return
		}
		if err := rdspgx.Check(cfg); err != nil {
			t.Errorf("Check(%q) = %v, want nil", connString, err)
		}
		var kept []string
		for _, a := range attemptsOf(cfg) {
			want := canonical(a.Host)
			if serverName != "" {
				want = canonical(withoutPort(serverName))
			}
			wantVerifying(t, connString, cfg, a, want)
			if _, err := rdstls.ParseEndpoint(a.Host); err != nil && !roots && serverName == "" {
				t.Errorf("Configure(%q) allows %q: %v", connString, a.Host, err)
			}
			kept = append(kept, hostPort(a))
		}
		for _, h := range hosts {
			if !slices.Contains(kept, hostPort(h)) {
				t.Errorf("Configure(%q) drops %s", connString, hostPort(h))
			}
		}
	})
}

// wantRefusal fails the test unless err, of Configure, says why it refused hosts.
func wantRefusal(t *testing.T, connString string, hosts []*pgconn.FallbackConfig, err error, serverName string) {
	t.Helper()
	var refused *rdstls.ConfigError
	if !errors.As(err, &refused) {
		t.Errorf("Configure(%q) = %v, want a *rdstls.ConfigError", connString, err)
	}
	for _, h := range hosts {
		_, notEndpoint := rdstls.ParseEndpoint(h.Host)
		if errors.Is(err, rdstls.ErrNotEndpoint) && serverName == "" && notEndpoint == nil {
			t.Errorf("Configure(%q) = %v, though %q is one", connString, err, h.Host)
		}
	}
}

// wantVerifying fails the test unless an attempt of cfg verifies the name want.
func wantVerifying(t *testing.T, connString string, cfg *pgx.ConnConfig, a *pgconn.FallbackConfig, want string) {
	t.Helper()
	if a.TLSConfig == nil || a.TLSConfig.InsecureSkipVerify || a.TLSConfig.VerifyConnection == nil || a.TLSConfig.ServerName != want {
		t.Errorf("Configure(%q): attempt at %q does not verify %q: %+v", connString, a.Host, want, a.TLSConfig)
		return
	}
	if direct := slices.Equal(a.TLSConfig.NextProtos, []string{"postgresql"}); direct != (cfg.SSLNegotiation == "direct") {
		t.Errorf("Configure(%q): NextProtos = %q with sslnegotiation=%s", connString, a.TLSConfig.NextProtos, cfg.SSLNegotiation)
	}
}

func hostPort(a *pgconn.FallbackConfig) string {
	return fmt.Sprintf("%s:%d", strings.ToLower(strings.TrimSuffix(a.Host, ".")), a.Port)
}

// namesFile reports whether pgx would read a file that connString names. A fuzzer
// soon finds devices and pipes.
func namesFile(connString string) bool {
	texts := []string{connString}
	// pgx refuses a string that does not decode before it reads anything.
	if decoded, err := url.PathUnescape(connString); err == nil {
		texts = append(texts, decoded)
	}
	for _, text := range texts {
		for _, setting := range []string{"sslcert", "sslkey", "sslrootcert", "service", "passfile"} {
			if strings.Contains(text, setting) {
				return true
			}
		}
	}
	return false
}

// canonical is a second implementation of how names are compared.
func canonical(host string) string {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.String()
	}
	return strings.ToLower(strings.TrimSuffix(host, "."))
}

func withoutPort(serverName string) string {
	if _, err := netip.ParseAddr(serverName); err == nil {
		return serverName
	}
	if i := strings.LastIndexByte(serverName, ':'); i >= 0 {
		serverName = serverName[:i]
	}
	return strings.Trim(serverName, "[]")
}
