package rdspgx_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// servers are real ones, with the certificate of orders.
var servers = dbservers.NewSet(func(dbservers.Installation) dbservers.Options {
	return realOptions(ca.Instance(orders))
}, dbservers.Postgres)

// realOptions makes a server that the connection strings of these tests fit.
func realOptions(cert tls.Certificate) dbservers.Options {
	chain, key := testcerts.PEMFiles(cert)
	return dbservers.Options{Chain: chain, Key: key, SQL: []string{
		"CREATE ROLE " + canaryUser + " LOGIN SUPERUSER PASSWORD '" + canaryPassword + "'",
		"CREATE DATABASE " + canaryDatabase,
	}}
}

// realConfig returns a configuration for orders at s.
func realConfig(t *testing.T, s *dbservers.Server, connString string, opts *rdstls.Options) *pgx.ConnConfig {
	t.Helper()
	cfg := parse(t, connString)
	route(cfg, map[string]string{orders: s.Addr, billing: s.Addr})
	configure(t, cfg, opts)
	return cfg
}

// wantTLS fails the test unless cfg connects, over the given version of TLS if
// that is not empty.
func wantTLS(t *testing.T, cfg *pgx.ConnConfig, want string) {
	t.Helper()
	conn, err := pgx.ConnectConfig(bounded(t), cfg)
	if err != nil {
		t.Errorf("connect(%q) = %v, want nil", cfg.ConnString(), err)
		return
	}
	var secure bool
	var version string
	err = conn.QueryRow(bounded(t), "select ssl, version from pg_stat_ssl where pid = pg_backend_pid()").Scan(&secure, &version)
	if err := errors.Join(err, conn.Close(bounded(t))); err != nil {
		t.Error(err)
	}
	if !secure || want != "" && version != want {
		t.Errorf("connect(%q): TLS = %v, version %s, want true, %s", cfg.ConnString(), secure, version, want)
	}
}

func TestRealModes(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for _, f := range forms {
			for _, m := range modes {
				wantTLS(t, realConfig(t, s, f.dsn([]string{orders}, m.params...), trust()), "")
			}
		}
	})
}

func TestRealEntries(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		right, wrong := trust(), trust()
		right.ServerName, wrong.ServerName = orders, billing
		for _, e := range entries {
			for _, f := range forms {
				if err := e.connect(bounded(t), f.dsn([]string{s.Addr}), right); err != nil {
					t.Errorf("%s = %v, want nil", e.name, err)
				}
				var hostname x509.HostnameError
				if err := e.connect(bounded(t), f.dsn([]string{s.Addr}), wrong); !errors.As(err, &hostname) {
					t.Errorf("%s for another instance = %v, want %T", e.name, err, hostname)
				}
			}
		}
	})
}

func TestRealVersions(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for _, tt := range []struct {
			base *tls.Config
			want string
		}{
			{&tls.Config{MaxVersion: tls.VersionTLS12}, "TLSv1.2"},
			{&tls.Config{MinVersion: tls.VersionTLS13}, "TLSv1.3"},
			{nil, "TLSv1.3"},
		} {
			opts := trust()
			opts.Base = tt.base
			wantTLS(t, realConfig(t, s, asURL.dsn([]string{orders}), opts), tt.want)
		}
	})
}

// TLS 1.0 and 1.1 are refused even where a server has nothing better.
func TestRealObsoleteVersion(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		opts := realOptions(ca.Instance(orders))
		opts.MinVersion, opts.MaxVersion = tls.VersionTLS11, tls.VersionTLS11
		s := dbservers.Start(t, shared.Installation, opts)
		if err := connect(bounded(t), realConfig(t, s, asURL.dsn([]string{orders}), trust())); err == nil {
			t.Error("connect with TLS 1.1 = nil, want an error")
		}
	})
}

func TestRealRefusals(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for _, m := range modes {
			var hostname x509.HostnameError
			cfg := realConfig(t, s, asURL.dsn([]string{billing}, m.params...), trust())
			if err := connect(bounded(t), cfg); !errors.As(err, &hostname) {
				t.Errorf("connect(%s) to another instance = %v, want %T", m.name, err, hostname)
			}
			for name, opts := range map[string]*rdstls.Options{"clone of the root": {Roots: ca.Impostor().Pool()}, "embedded roots": nil} {
				var unknown x509.UnknownAuthorityError
				cfg := realConfig(t, s, asURL.dsn([]string{orders}, m.params...), opts)
				if err := connect(bounded(t), cfg); !errors.As(err, &unknown) {
					t.Errorf("connect(%s) trusting %s = %v, want %T", m.name, name, err, unknown)
				}
			}
		}
	})
}

func TestRealWithoutTLS(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		opts := realOptions(ca.Instance(orders))
		opts.Chain, opts.Key = nil, nil
		s := dbservers.Start(t, shared.Installation, opts)
		for _, m := range modes {
			cfg := realConfig(t, s, asURL.dsn([]string{orders}, m.params...), trust())
			if err := connect(bounded(t), cfg); err == nil || !strings.Contains(err.Error(), "refused TLS") {
				t.Errorf("connect(%s) = %v, want TLS refused", m.name, err)
			}
		}
		stock := parse(t, asURL.dsn([]string{orders}))
		route(stock, map[string]string{orders: s.Addr})
		if err := connect(bounded(t), stock); err != nil {
			t.Errorf("connect with the stock driver = %v, want nil: it is content with plaintext", err)
		}
	})
}

func TestRealChannelBinding(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for _, base := range []*tls.Config{nil, {MaxVersion: tls.VersionTLS12}} {
			opts := trust()
			opts.Base = base
			connString := asURL.dsn([]string{orders}, "channel_binding=require", "require_auth=scram-sha-256")
			wantTLS(t, realConfig(t, s, connString, opts), "")
			opts.Password = func(context.Context, string, string) (string, error) { return canaryPassword, nil }
			wantTLS(t, realConfig(t, s, strings.Replace(connString, canaryPassword, "wrong", 1), opts), "")
		}
	})
}

func TestRealDirect(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for _, f := range forms {
			for _, m := range modes {
				cfg := realConfig(t, s, f.dsn([]string{orders}, append(m.params, "sslnegotiation=direct")...), trust())
				if s.DirectTLS() {
					wantTLS(t, cfg, "TLSv1.3")
				} else if err := connect(bounded(t), cfg); err == nil {
					t.Errorf("connect(%q) = nil, want an error", cfg.ConnString())
				}
			}
		}
	})
}

func TestRealClientCertificate(t *testing.T) {
	t.Parallel()
	client := clientCertificate("client.example.com")
	files := clientFiles(t, client)
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		opts := realOptions(ca.Instance(orders))
		opts.CA = ca.PEM()
		opts.HBA = []string{"hostssl all " + canaryUser + " all scram-sha-256 clientcert=verify-ca"}
		s := dbservers.Start(t, shared.Installation, opts)
		for _, f := range forms {
			for _, m := range modes {
				wantTLS(t, realConfig(t, s, f.dsn([]string{orders}, append(m.params, files...)...), trust()), "")
			}
		}
		based := trust()
		based.Base = &tls.Config{Certificates: []tls.Certificate{client}}
		wantTLS(t, realConfig(t, s, asURL.dsn([]string{orders}), based), "")
		wantTLS(t, realConfig(t, s, asURL.dsn([]string{orders}, "sslcertmode=require"), based), "")
		if err := connect(bounded(t), realConfig(t, s, asURL.dsn([]string{orders}), trust())); err == nil {
			t.Error("connect without a client certificate = nil, want an error")
		}
	})
}
