package rdspgx_test

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// otherHost is the name in the certificate of the attacker "other-host".
const otherHost = "attacker-" + orders

func attackerNamed(t *testing.T, name string) attacker {
	t.Helper()
	for _, a := range attackers() {
		if a.name == name {
			return a
		}
	}
	t.Fatalf("attacker %q: there is none", name)
	return attacker{}
}

// weakenings are what can become of a configuration after Configure, and the
// attacker who would profit. If want is nil, crypto/tls refuses the certificate. Check
// cannot see those that are unseen: nothing of Configure is left in them, or the
// handshake fails.
var weakenings = []struct {
	name     string
	attacker string
	edit     func(*pgx.ConnConfig)
	want     error
	unseen   bool
}{
	{"plaintext-fallback", "refuses-tls", func(c *pgx.ConnConfig) { addFallback(c, nil) }, rdstls.ErrPlaintext, false},
	{"plaintext-primary", "refuses-tls", func(c *pgx.ConnConfig) { c.TLSConfig = nil }, rdstls.ErrPlaintext, false},
	{"plaintext-primary-honest-TLS", "self-signed", func(c *pgx.ConnConfig) { c.TLSConfig = nil }, rdstls.ErrPlaintext, false},
	{"insecure-fallback", "self-signed", func(c *pgx.ConnConfig) {
		addFallback(c, &tls.Config{InsecureSkipVerify: true, ServerName: orders})
	}, rdstls.ErrUnverified, false},
	{"insecure-fallback-without-name", "self-signed", func(c *pgx.ConnConfig) {
		addFallback(c, &tls.Config{InsecureSkipVerify: true})
	}, rdstls.ErrUnverified, false},
	{"fallback-with-other-roots", "cloned-root", func(c *pgx.ConnConfig) {
		addFallback(c, &tls.Config{ServerName: orders, RootCAs: ca.Impostor().Pool()})
	}, rdstls.ErrUnverified, false},
	{"insecure-replacement", "other-host", func(c *pgx.ConnConfig) {
		c.TLSConfig = &tls.Config{InsecureSkipVerify: true, ServerName: orders}
	}, rdstls.ErrUnverified, false},
	{"insecure-replacement-of-stock-driver", "self-signed", func(c *pgx.ConnConfig) {
		stock, err := pgx.ParseConfig("sslmode=require host=" + orders)
		if err != nil {
			panic(err)
		}
		c.TLSConfig = stock.TLSConfig
	}, rdstls.ErrUnverified, false},
	{"replacement-with-other-roots", "cloned-root", func(c *pgx.ConnConfig) {
		c.TLSConfig = &tls.Config{ServerName: orders, RootCAs: ca.Impostor().Pool()}
	}, rdstls.ErrUnverified, true},
	{"replacement-with-other-name", "other-host", func(c *pgx.ConnConfig) {
		c.TLSConfig = &tls.Config{ServerName: otherHost, RootCAs: ca.Pool()}
	}, rdstls.ErrUnverified, true},
	{"InsecureSkipVerify-set", "other-region", func(c *pgx.ConnConfig) { c.TLSConfig.InsecureSkipVerify = true }, rdstls.ErrUnverified, false},
	{"InsecureSkipVerify-set-on-clone", "self-signed", func(c *pgx.ConnConfig) {
		c.TLSConfig = c.TLSConfig.Clone()
		c.TLSConfig.InsecureSkipVerify = true
	}, rdstls.ErrUnverified, false},
	{"InsecureSkipVerify-set-VerifyConnection-gone", "self-signed", func(c *pgx.ConnConfig) {
		c.TLSConfig.InsecureSkipVerify, c.TLSConfig.VerifyConnection = true, nil
	}, rdstls.ErrUnverified, false},
	{"ServerName-changed", "other-host", func(c *pgx.ConnConfig) { c.TLSConfig.ServerName = otherHost }, rdstls.ErrUnverified, false},
	{"ServerName-changed-on-clone", "other-host", func(c *pgx.ConnConfig) {
		c.TLSConfig = c.TLSConfig.Clone()
		c.TLSConfig.ServerName = otherHost
	}, rdstls.ErrUnverified, false},
	{"ServerName-changed-VerifyConnection-gone", "other-host", func(c *pgx.ConnConfig) {
		c.TLSConfig.ServerName, c.TLSConfig.VerifyConnection = otherHost, nil
	}, rdstls.ErrUnverified, false},
	{"RootCAs-changed", "cloned-root", func(c *pgx.ConnConfig) { c.TLSConfig.RootCAs = ca.Impostor().Pool() }, rdstls.ErrUnverified, false},
	{"RootCAs-added-to", "cloned-root", func(c *pgx.ConnConfig) { c.TLSConfig.RootCAs.AddCert(ca.Impostor().Root()) }, rdstls.ErrUnverified, false},
	{"RootCAs-changed-VerifyConnection-gone", "cloned-root", func(c *pgx.ConnConfig) {
		c.TLSConfig.RootCAs, c.TLSConfig.VerifyConnection = ca.Impostor().Pool(), nil
	}, rdstls.ErrUnverified, false},
	{"AfterNetConnect-gone-InsecureSkipVerify-set", "self-signed", func(c *pgx.ConnConfig) {
		c.AfterNetConnect, c.TLSConfig.InsecureSkipVerify = nil, true
	}, rdstls.ErrUnverified, false},
	{"AfterNetConnect-gone", "self-signed", func(c *pgx.ConnConfig) { c.AfterNetConnect = nil }, nil, false},
	{"host-changed", "self-signed", func(c *pgx.ConnConfig) { c.Host = billing }, nil, true},
}

func addFallback(c *pgx.ConnConfig, tlsConfig *tls.Config) {
	c.Fallbacks = append(c.Fallbacks, &pgconn.FallbackConfig{Host: c.Host, Port: c.Port, TLSConfig: tlsConfig})
}

func TestGuardWeakened(t *testing.T) {
	t.Parallel()
	for _, tt := range weakenings {
		for _, m := range modes {
			t.Run(tt.name+"/"+m.name, func(t *testing.T) {
				t.Parallel()
				evil := attackerNamed(t, tt.attacker).listen(t)
				cfg := parse(t, asURL.dsn([]string{orders}, m.params...))
				route(cfg, map[string]string{orders: evil.Addr(), billing: evil.Addr()})
				configure(t, cfg, trust())
				tt.edit(cfg)
				err := connect(bounded(t), cfg)
				var certificate *tls.CertificateVerificationError
				switch {
				case err == nil:
					t.Error("connect = nil, want an error")
				case tt.want == nil:
					if !errors.As(err, &certificate) {
						t.Errorf("connect = %v, want %T", err, certificate)
					}
				case !errors.Is(err, tt.want):
					t.Errorf("connect = %v, want %v", err, tt.want)
				}
				wantNothing(t, evil)
			})
		}
	}
}

// A caller's hook must not make pgx panic.
func TestGuardHookResults(t *testing.T) {
	t.Parallel()
	errHook := errors.New("refused by the hook")
	for _, tt := range []struct {
		name    string
		keep    bool // the connection
		err     error
		wantErr bool
	}{
		{"conn-and-nil", true, nil, false},
		{"conn-and-error", true, errHook, true},
		{"nil-and-error", false, errHook, true},
		{"nil-and-nil", false, nil, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := honest(t, orders)
			cfg := configFor(t, server)
			cfg.AfterNetConnect = func(_ context.Context, _ *pgconn.Config, conn net.Conn) (net.Conn, error) {
				if !tt.keep {
					conn = nil
				}
				return conn, tt.err
			}
			configure(t, cfg, trust())
			err := connect(bounded(t), cfg)
			if (err != nil) != tt.wantErr || tt.err != nil && !errors.Is(err, tt.err) {
				t.Errorf("connect = %v, want error %v, matching %v", err, tt.wantErr, tt.err)
			}
			if tt.wantErr {
				wantOnlyHandshake(t, server) // and has been closed
			}
		})
	}
}

// One certificate for several names, as Aurora has, is right for each of them.
func TestGuardSeveralNames(t *testing.T) {
	t.Parallel()
	cert := ca.AuroraInstance(orders, archive, "archive.cluster-ro-c9akciq32.eu-west-1.rds.amazonaws.com")
	for _, name := range []string{orders, archive} {
		server := listen(t, fakedb.PostgresOptions{TLS: serving(cert)})
		cfg := parse(t, asURL.dsn([]string{billing, name}))
		route(cfg, map[string]string{billing: down, name: server.Addr()})
		configure(t, cfg, trust())
		if err := connect(bounded(t), cfg); err != nil {
			t.Errorf("connect to %q = %v, want nil", name, err)
		}
		wantLogin(t, server)
	}
}
