package rdspgx_test

import (
	"context"
	"crypto/fips140"
	"crypto/tls"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/fakedb"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// TestGuardRefusesChangedAttempts checks that a configuration that was changed later
// is refused even if the true server answers: a cancel request, which does not pass
// the guard, would go to any server that the changed configuration accepts.
func TestGuardRefusesChangedAttempts(t *testing.T) {
	t.Parallel()
	both := ca.Pool()
	both.AddCert(ca.Impostor().Root())
	replace := func(c *pgx.ConnConfig) { c.TLSConfig = &tls.Config{ServerName: orders, RootCAs: both} }
	for name, edit := range map[string]func(*pgx.ConnConfig){
		"TLSConfig-with-other-roots": replace,
		"TLSConfig-of-pgx-and-other-roots-kept-hook": func(c *pgx.ConnConfig) {
			verify := c.TLSConfig.VerifyConnection
			replace(c)
			c.TLSConfig.VerifyConnection = verify
		},
		"RootCAs":          func(c *pgx.ConnConfig) { c.TLSConfig.RootCAs = both },
		"RootCAs-added-to": func(c *pgx.ConnConfig) { c.TLSConfig.RootCAs.AddCert(ca.Impostor().Root()) },
		"VerifyConnection": func(c *pgx.ConnConfig) { c.TLSConfig.VerifyConnection = nil },
		"MinVersion":       func(c *pgx.ConnConfig) { c.TLSConfig.MinVersion = tls.VersionTLS10 },
		"unused-fallback": func(c *pgx.ConnConfig) {
			addFallback(c, &tls.Config{ServerName: orders, RootCAs: both})
		},
		"unused-insecure-fallback":  func(c *pgx.ConnConfig) { addFallback(c, &tls.Config{InsecureSkipVerify: true}) },
		"unused-plaintext-fallback": func(c *pgx.ConnConfig) { addFallback(c, nil) },
		"SSLNegotiation":            func(c *pgx.ConnConfig) { c.SSLNegotiation = "direct" },
		"SSLNegotiation-and-NextProtos": func(c *pgx.ConnConfig) {
			c.SSLNegotiation, c.TLSConfig.NextProtos = "direct", []string{"postgresql"}
		},
		"NextProtos-of-direct": func(c *pgx.ConnConfig) {
			c.SSLNegotiation = "direct"
			configure(t, c, trust())
			c.TLSConfig.NextProtos = []string{"h2", "postgresql"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := listen(t, fakedb.PostgresOptions{Direct: true, TLS: &tls.Config{
				Certificates: []tls.Certificate{ca.Instance(orders)}, NextProtos: []string{"postgresql"},
			}})
			cfg := configFor(t, server)
			configure(t, cfg, trust())
			edit(cfg)
			err := connect(bounded(t), cfg)
			if !errors.Is(err, rdstls.ErrUnverified) && !errors.Is(err, rdstls.ErrPlaintext) {
				t.Errorf("connect = %v, want %v or %v", err, rdstls.ErrUnverified, rdstls.ErrPlaintext)
			}
			wantOnlyHandshake(t, server)
			if cfg.SSLNegotiation == "direct" {
				wantDirect(t, server)
			}
		})
	}
}

// TestGuardAcceptsHarmlessChanges checks that changes that TLS decides about, or that
// only refuse more, still connect.
func TestGuardAcceptsHarmlessChanges(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*pgx.ConnConfig){
		"Host-of-a-tunnel":  func(c *pgx.ConnConfig) { c.Host = "tunnel.example" },
		"fewer-attempts":    func(c *pgx.ConnConfig) { c.Fallbacks = nil },
		"cloned-TLSConfig":  func(c *pgx.ConnConfig) { c.TLSConfig = c.TLSConfig.Clone() },
		"TLS-1.3":           func(c *pgx.ConnConfig) { c.TLSConfig.MinVersion = tls.VersionTLS13 },
		"MinVersion-of-Go":  func(c *pgx.ConnConfig) { c.TLSConfig.MinVersion = 0 },
		"session-cache":     func(c *pgx.ConnConfig) { c.TLSConfig.ClientSessionCache = tls.NewLRUClientSessionCache(1) },
		"wrapped-hook":      wrapAfterNetConnect,
		"wrapped-verifying": wrapVerifyConnection,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := honest(t, orders)
			cfg := parse(t, asURL.dsn([]string{orders, billing}))
			route(cfg, map[string]string{orders: server.Addr(), "tunnel.example": server.Addr()})
			configure(t, cfg, trust())
			edit(cfg)
			wantConnect(t, cfg)
			if err := rdspgx.Check(cfg); err != nil {
				t.Errorf("Check = %v, want nil", err)
			}
		})
	}
}

func wrapAfterNetConnect(c *pgx.ConnConfig) {
	guard := c.AfterNetConnect
	c.AfterNetConnect = func(ctx context.Context, cfg *pgconn.Config, conn net.Conn) (net.Conn, error) {
		return guard(ctx, cfg, conn)
	}
}

func wrapVerifyConnection(c *pgx.ConnConfig) {
	verify := c.TLSConfig.VerifyConnection
	c.TLSConfig.VerifyConnection = func(cs tls.ConnectionState) error { return verify(cs) }
}

// TestCheckFindsLostGuard checks that Check reports a configuration of Configure's of
// which AfterNetConnect was replaced, and none where a hook calls the guard.
func TestCheckFindsLostGuard(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		edit func(*pgx.ConnConfig)
		lost bool
	}{
		"kept":     {func(*pgx.ConnConfig) {}, false},
		"wrapped":  {wrapAfterNetConnect, false},
		"removed":  {func(c *pgx.ConnConfig) { c.AfterNetConnect = nil }, true},
		"replaced": {func(c *pgx.ConnConfig) { c.AfterNetConnect = passOn }, true},
		"replaced by one that panics": {func(c *pgx.ConnConfig) {
			c.AfterNetConnect = func(context.Context, *pgconn.Config, net.Conn) (net.Conn, error) { panic("hook") }
		}, true},
	} {
		for _, copied := range []bool{false, true} {
			cfg := parse(t, "host="+orders+","+billing)
			configure(t, cfg, trust())
			tt.edit(cfg)
			if copied {
				cfg = cfg.Copy()
			}
			err := rdspgx.Check(cfg)
			if !tt.lost {
				if err != nil {
					t.Errorf("%s: Check = %v, want nil", name, err)
				}
				continue
			}
			advicetest.WantConfigError(t, name+": Check", err, "AfterNetConnect", rdstls.ErrUnverified)
		}
	}
}

// TestNilConfig checks that what pgx panics at is an error.
func TestNilConfig(t *testing.T) {
	t.Parallel()
	fallback := parse(t, "host="+orders+","+billing+" sslmode=require")
	fallback.Fallbacks[0] = nil
	configured := parse(t, "host="+orders+","+billing+" sslmode=require")
	configure(t, configured, nil)
	configured.Fallbacks = append(configured.Fallbacks, nil)
	for setting, cfg := range map[string]*pgx.ConnConfig{"pgx.ConnConfig": nil, "Fallbacks[0]": fallback, "Fallbacks[1]": configured} {
		advicetest.WantConfigError(t, "Configure", rdspgx.Configure(cfg, nil), setting, rdstls.ErrUnverified)
		advicetest.WantConfigError(t, "Check", rdspgx.Check(cfg), setting, rdstls.ErrUnverified)
	}
}

// TestConfigureTwiceBehindHook checks that a hook that wraps the guard between two
// calls of Configure, as tracing does, does not make one connection ask for two
// passwords, nor bring back the roots and the name of the first call.
func TestConfigureTwiceBehindHook(t *testing.T) {
	t.Parallel()
	server := honest(t, billing)
	cfg := parse(t, asURL.dsn([]string{orders}))
	route(cfg, map[string]string{billing: server.Addr()})
	var c calls
	cfg.TLSConfig.VerifyConnection = c.verify("held", nil)
	cfg.AfterNetConnect = c.afterNetConnect("hook")
	first := &rdstls.Options{Roots: ca.Impostor().Pool(), Password: c.password("password 1")}
	first.Base = &tls.Config{VerifyConnection: c.verify("base 1", nil)}
	configure(t, cfg, first)
	wrapAfterNetConnect(cfg)
	wrapVerifyConnection(cfg)
	cfg.Host, cfg.Fallbacks = billing, nil
	second := trust()
	second.Password = c.password("password 2")
	second.Base = &tls.Config{VerifyConnection: c.verify("base 2", nil)}
	configure(t, cfg, second)
	wantConnect(t, cfg)
	if want := []string{"base 2", "held", "hook", "password 2"}; !slices.Equal(c.order, want) {
		t.Errorf("calls = %q, want %q", c.order, want)
	}
	wantPasswords(t, server, []string{"password 2"})
}

// TestGuardRefusesOldTLS checks that TLS 1.0 and 1.1 are refused if MinVersion was
// lowered, by the guard and by the TLS configuration alone.
func TestGuardRefusesOldTLS(t *testing.T) {
	t.Parallel()
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		for _, guarded := range []bool{true, false} {
			server := listen(t, fakedb.PostgresOptions{TLS: &tls.Config{
				Certificates: []tls.Certificate{ca.Instance(orders)}, MinVersion: version, MaxVersion: version,
			}})
			cfg := configFor(t, server)
			configure(t, cfg, trust())
			cfg.TLSConfig.MinVersion = version
			if !guarded {
				cfg.AfterNetConnect = nil
			}
			err := connect(bounded(t), cfg)
			// The FIPS 140 mode of Go has no such TLS, so there the handshake fails.
			if err == nil || !errors.Is(err, rdstls.ErrUnverified) && !fips140.Enabled() || strings.Contains(err.Error(), canaryPassword) {
				t.Errorf("connect with %s = %v, want %v", tls.VersionName(version), err, rdstls.ErrUnverified)
			}
			wantNothing(t, server)
		}
	}
}
