package rdspgx_test

import (
	"context"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/fakeiam"
)

// wantPasswords fails the test unless clients logged in to s with want, over TLS.
func wantPasswords(t *testing.T, s *fakedb.Server, want []string) {
	t.Helper()
	if got := passwordsOf(t, s); !slices.Equal(got, want) {
		t.Errorf("the server received %q, want %q", got, want)
	}
}

// passwordsOf returns the passwords with which clients logged in to s over TLS.
func passwordsOf(t *testing.T, s *fakedb.Server) []string {
	t.Helper()
	conns := s.Ended(t)
	var all []string
	for _, c := range conns {
		if _, secure := c.TLS(); secure {
			all = append(all, c.Login().Password)
		}
	}
	return all
}

func TestPassword(t *testing.T) {
	t.Parallel()
	passfile := "passfile=" + writeFile(t, "pgpass", []byte("*:*:*:*:from-the-file\n"))
	for _, tt := range []struct {
		name       string
		connString string
		serverName string
		asked      string
	}{
		{"over-the-string", asURL.dsn([]string{orders}), "", orders + ":5432 " + canaryUser},
		{"with-a-port", asKeyValue.dsn([]string{orders + ":6432"}), "", orders + ":6432 " + canaryUser},
		{"over-a-file", "user=u host=" + orders + " " + passfile, "", orders + ":5432 u"},
		{"alone", "user=u host=" + orders, "", orders + ":5432 u"},
		{"spelled-otherwise", "user=u host=" + strings.ToUpper(orders) + ".", "", orders + ":5432 u"},
		{"name", "user=u host=localhost port=15432", orders, orders + ":15432 u"},
		{"name-and-port", "user=u host=localhost port=15432", orders + ":6432", orders + ":6432 u"},
		{"name-of-address", "user=u host=10.0.0.1", strings.ToUpper(orders) + ".:6432", orders + ":6432 u"},
		{"mode", "user=u sslmode=allow host=" + orders, "", orders + ":5432 u"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := honest(t, orders)
			cfg := parse(t, tt.connString)
			route(cfg, map[string]string{cfg.Host: server.Addr()})
			m := fakeiam.Minter{Prefix: canaryPassword}
			opts := trust()
			opts.ServerName, opts.Password = tt.serverName, m.Password
			configure(t, cfg, opts)
			before := snapshot(cfg)
			for range 2 {
				wantConnect(t, cfg)
			}
			m.WantAsked(t, tt.asked, tt.asked)
			wantPasswords(t, server, m.Minted())
			wantUnchanged(t, before, snapshot(cfg))
		})
	}
}

func TestPasswordOverEnvironment(t *testing.T) {
	t.Setenv("PGPASSWORD", "from-the-environment")
	t.Setenv("PGPASSFILE", writeFile(t, "pgpass", []byte("*:*:*:*:from-the-file\n")))
	server := honest(t, orders)
	cfg := parse(t, "user=u host="+orders)
	route(cfg, map[string]string{orders: server.Addr()})
	m := fakeiam.Minter{Prefix: canaryPassword}
	configure(t, cfg, trustWith(m.Password))
	wantConnect(t, cfg)
	wantPasswords(t, server, m.Minted())
}

// LookupFunc can change the port of the socket. The endpoint is not the socket.
func TestPasswordNotForUnixSocket(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	cfg := parse(t, "user=u port=6432 host="+orders)
	cfg.LookupFunc = func(context.Context, string) ([]string, error) { return []string{server.Addr()}, nil }
	m := fakeiam.Minter{Prefix: canaryPassword}
	configure(t, cfg, trustWith(m.Password))
	wantConnect(t, cfg)
	m.WantAsked(t, orders+":6432 u")
}

// Each attempt has a password of its own, minted once its server has been
// verified, and no other server is sent it.
func TestPasswordNotAskedForAttackers(t *testing.T) {
	t.Parallel()
	for _, a := range attackers() {
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			evil := a.listen(t)
			full := listen(t, fakedb.PostgresOptions{
				TLS:   serving(ca.AuroraInstance(billing, archive, orders)), // names of others as well
				Login: func(fakedb.Login) *fakedb.LoginError { return &fakedb.LoginError{SQLState: "53300", Message: "full"} },
			})
			last := listen(t, fakedb.PostgresOptions{TLS: serving(ca.AuroraInstance(archive, billing, orders))})
			cfg := parse(t, asURL.dsn([]string{orders + ":1", billing + ":2", archive + ":3"}))
			route(cfg, map[string]string{orders: evil.Addr(), billing: full.Addr(), archive: last.Addr()})
			m := fakeiam.Minter{Prefix: canaryPassword}
			configure(t, cfg, trustWith(m.Password))
			wantConnect(t, cfg)
			m.WantAsked(t, billing+":2 "+canaryUser, archive+":3 "+canaryUser)
			wantNothing(t, evil)
			wantPasswords(t, full, m.Minted()[:1])
			wantPasswords(t, last, m.Minted()[1:])
		})
	}
}

func TestPasswordOfAddress(t *testing.T) {
	t.Parallel()
	server := listen(t, fakedb.PostgresOptions{TLS: serving(ca.Leaf(func(leaf *x509.Certificate) {
		leaf.IPAddresses = []net.IP{net.IPv6loopback}
	}, "loopback.example"))})
	cfg := parse(t, "user=u host=::1")
	route(cfg, map[string]string{"::1": server.Addr()})
	m := fakeiam.Minter{Prefix: canaryPassword}
	configure(t, cfg, trustWith(m.Password))
	wantConnect(t, cfg)
	m.WantAsked(t, "[::1]:5432 u")
}

// An error of the caller's function stays what it is, tracers see it, and the
// server is not told the user's name.
func TestPasswordErrors(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	cfg := configFor(t, server)
	tracer := new(connectTracer)
	cfg.Tracer = tracer
	m := fakeiam.Minter{Prefix: canaryPassword, Err: errors.New("no credentials")}
	configure(t, cfg, trustWith(m.Password))
	err := connect(bounded(t), cfg)
	if !errors.Is(err, m.Err) {
		t.Errorf("connect = %v, want %v", err, m.Err)
	}
	if err != nil && !strings.Contains(err.Error(), orders+":5432") {
		t.Errorf("connect = %v, want the endpoint in it", err)
	}
	if len(tracer.errs) != 1 || !errors.Is(tracer.errs[0], m.Err) {
		t.Errorf("the tracer saw %v, want %v", tracer.errs, m.Err)
	}
	wantOnlyHandshake(t, server)
}

// The caller's hook comes first: no password is minted for a connection that it
// refuses, and none that it sets counts.
func TestPasswordAfterHook(t *testing.T) {
	t.Parallel()
	errHook := errors.New("refused by the hook")
	for _, refuse := range []error{nil, errHook} {
		server := honest(t, orders)
		cfg := configFor(t, server)
		cfg.AfterNetConnect = func(_ context.Context, cfg *pgconn.Config, conn net.Conn) (net.Conn, error) {
			cfg.Password = "from-the-hook"
			return conn, refuse
		}
		m := fakeiam.Minter{Prefix: canaryPassword}
		configure(t, cfg, trustWith(m.Password))
		if err := connect(bounded(t), cfg); !errors.Is(err, refuse) {
			t.Errorf("connect = %v, want %v", err, refuse)
		}
		if refuse != nil {
			wantOnlyHandshake(t, server)
			if len(m.Asked()) > 0 {
				t.Errorf("asked for passwords of %q after the hook's refusal, want none", m.Asked())
			}
		} else {
			wantPasswords(t, server, m.Minted())
		}
	}
}
