package dbservers

import (
	"crypto/fips140"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
	"strings"
	"testing"
)

var servers = NewSet(nil, Postgres, MariaDB, MySQL)

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		child()
	}
	os.Exit(servers.Run(m))
}

// each runs test for a new server of every installation.
func each(t *testing.T, opts func(*authority) Options, test func(*testing.T, *Server, *authority)) {
	t.Helper()
	servers.Each(t, func(t *testing.T, shared *Server) {
		t.Parallel()
		a := newAuthority(t)
		test(t, Start(t, shared.Installation, opts(a)), a)
	})
}

func TestVerifiedLogin(t *testing.T) {
	each(t, func(a *authority) Options { return a.options(t) }, func(t *testing.T, s *Server, a *authority) {
		wantConnect(t, s, a.trust())

		other := newAuthority(t).trust()
		_, err := connect(t, s, other)
		var unknown x509.UnknownAuthorityError
		if !errors.As(err, &unknown) {
			t.Errorf("connect trusting another CA = %v, want %T", err, unknown)
		}
		if _, err := connect(t, s, a.trust(), User, "wrong"); err == nil {
			t.Error("connect with a wrong password = nil, want an error")
		}
		if _, err := connect(t, s, nil); err == nil {
			t.Error("connect without TLS = nil, want an error")
		}
		if _, err := connect(t, s, a.trust(), rootUser, ""); err == nil {
			t.Error("connect as root by the port = nil, want an error")
		}
	})
}

// The shared servers of this package are set up with Options{}.
func TestWithoutTLS(t *testing.T) {
	servers.Each(t, func(t *testing.T, s *Server) {
		wantConnect(t, s, nil)
		if _, err := connect(t, s, newAuthority(t).trust()); err == nil {
			t.Error("connect with TLS = nil, want an error")
		}
		if err := s.Rotate([]byte("x"), []byte("x")); err == nil {
			t.Error("Rotate = nil, want an error")
		}
	})
}

func TestAllowPlaintext(t *testing.T) {
	options := func(a *authority) Options {
		opts := a.options(t)
		opts.AllowPlaintext = true
		return opts
	}
	each(t, options, func(t *testing.T, s *Server, a *authority) {
		wantConnect(t, s, a.trust())
		wantConnect(t, s, nil)
	})
}

func TestVersions(t *testing.T) {
	for _, tt := range []struct {
		name     string
		min, max uint16
		want     uint16 // zero: no connection
	}{
		{"at-most-12", 0, tls.VersionTLS12, tls.VersionTLS12},
		{"at-least-13", tls.VersionTLS13, 0, tls.VersionTLS13},
		{"only-11", tls.VersionTLS11, tls.VersionTLS11, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			servers.Each(t, func(t *testing.T, shared *Server) {
				if tt.want == 0 && shared.Kind == MySQL {
					return // has no such version, as Options says
				}
				t.Parallel()
				a := newAuthority(t)
				opts := a.options(t)
				opts.MinVersion, opts.MaxVersion = tt.min, tt.max
				wantVersion(t, Start(t, shared.Installation, opts), a, tt.want)
			})
		})
	}
}

func wantVersion(t *testing.T, s *Server, a *authority, want uint16) {
	t.Helper()
	var got uint16
	config := a.trust()
	config.VerifyConnection = func(state tls.ConnectionState) error {
		got = state.Version
		return nil
	}
	if want != 0 {
		wantConnect(t, s, config)
		if got != want {
			t.Errorf("TLS version = %s, want %s", tls.VersionName(got), tls.VersionName(want))
		}
		return
	}
	if _, err := connect(t, s, config); err == nil {
		t.Errorf("connect = nil with %s, want an error", tls.VersionName(got))
	}
	// The server does speak: it is not merely broken.
	config.MinVersion = tls.VersionTLS10
	config.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA}
	if fips140.Enabled() {
		// The FIPS 140 mode of Go has no such TLS, so only a run without it can tell.
		if _, err := connect(t, s, config); err == nil {
			t.Error("connect = nil in FIPS 140 mode, want an error")
		}
		return
	}
	wantConnect(t, s, config)
}

func TestDirectTLS(t *testing.T) {
	options := func(a *authority) Options { return a.options(t) }
	each(t, options, func(t *testing.T, s *Server, a *authority) {
		config := a.trust()
		config.NextProtos = []string{"postgresql"}
		if s.DirectTLS() {
			wantConnect(t, s, config)
		} else if _, err := connect(t, s, config); s.Kind == Postgres && err == nil {
			t.Error("direct TLS = nil, want an error")
		}
	})
}

func TestClientCertificate(t *testing.T) {
	options := func(a *authority) Options {
		opts := a.options(t)
		opts.CA = encode(a.root)
		opts.HBA = []string{"hostssl all " + User + " all scram-sha-256 clientcert=verify-ca"}
		return opts
	}
	each(t, options, func(t *testing.T, s *Server, a *authority) {
		if s.Kind != Postgres {
			root := wantConnect(t, s, a.trust())
			_, _ = root.ask(t.Context(), "ALTER USER '"+User+"'@'%' REQUIRE X509") // returns no row
		}
		if _, err := connect(t, s, a.trust()); err == nil {
			t.Error("connect without a client certificate = nil, want an error")
		}
		config := a.trust()
		chain, key := a.leaf(t, "client.dbservers.test")
		pair, err := tls.X509KeyPair(chain, key)
		if err != nil {
			t.Fatal(err)
		}
		config.Certificates = []tls.Certificate{pair}
		wantConnect(t, s, config)
	})
}

func TestSQLAndSettings(t *testing.T) {
	servers.Each(t, func(t *testing.T, shared *Server) {
		t.Parallel()
		a := newAuthority(t)
		opts := a.options(t)
		opts.SQL = []string{
			"CREATE TABLE notes (text varchar(20))",
			"INSERT INTO notes VALUES ('from SQL')",
		}
		setting, query := "max_connections=7", "SELECT @@max_connections"
		if shared.Kind == Postgres {
			query = "SHOW max_connections"
			opts.HBA = []string{"hostssl all refused all reject"}
			opts.SQL = append(opts.SQL, "CREATE ROLE refused LOGIN PASSWORD 'x'")
		}
		if shared.Kind == MariaDB {
			setting, query = "max_connections=17", "SELECT @@max_connections" // at least 10
		}
		opts.Settings = []string{setting}
		s := Start(t, shared.Installation, opts)
		admin := wantConnect(t, s, a.trust())
		wantAnswer(t, admin, "SELECT text FROM notes", "from SQL")
		wantAnswer(t, admin, query, strings.TrimPrefix(setting, "max_connections="))
		if s.Kind == Postgres {
			_, err := connect(t, s, a.trust(), "refused", "x")
			if err == nil || !strings.Contains(err.Error(), "pg_hba.conf rejects") {
				t.Errorf("connect as refused = %v, want it rejected", err)
			}
		}
	})
}
