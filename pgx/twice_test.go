package rdspgx_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

// TestConfigureTwice checks that the options of the latest call of Configure count,
// and that no hook runs twice.
func TestConfigureTwice(t *testing.T) {
	t.Parallel()
	impostors, evil := ca.Impostor().Pool(), "evil.c9akciq32.eu-west-1.rds.amazonaws.com"
	type step func(*calls) *rdstls.Options
	roots := func(pool *x509.CertPool) step {
		return func(*calls) *rdstls.Options { return &rdstls.Options{Roots: pool} }
	}
	named := func(name string) step {
		return func(*calls) *rdstls.Options { return &rdstls.Options{Roots: ca.Pool(), ServerName: name} }
	}
	hooked := func(name string) step {
		return func(c *calls) *rdstls.Options {
			return &rdstls.Options{
				Roots: ca.Pool(), Password: c.password("password " + name),
				Base: &tls.Config{VerifyConnection: c.verify("base "+name, nil)},
			}
		}
	}
	tests := []struct {
		name  string
		steps []step
		want  []string // calls; nil if the server is to be refused
	}{
		{"same", []step{roots(ca.Pool()), roots(ca.Pool()), roots(ca.Pool())}, []string{"held", "hook"}},
		{"other-roots-first", []step{roots(impostors), roots(ca.Pool())}, []string{"held", "hook"}},
		{"other-roots-last", []step{roots(ca.Pool()), roots(impostors)}, nil},
		{"embedded-roots-last", []step{roots(ca.Pool()), func(*calls) *rdstls.Options { return nil }}, nil},
		{"other-name-first", []step{named(evil), roots(ca.Pool())}, []string{"held", "hook"}},
		{"other-name-last", []step{roots(ca.Pool()), named(evil)}, nil},
		{"hooks-twice", []step{hooked("1"), hooked("2")}, []string{"base 2", "held", "hook", "password 2"}},
		{"hooks-thrice", []step{hooked("1"), hooked("2"), hooked("3")}, []string{"base 3", "held", "hook", "password 3"}},
		{"hooks-taken-back", []step{hooked("1"), roots(ca.Pool())}, []string{"held", "hook"}},
	}
	for _, tt := range tests {
		for variant, copied := range map[string]bool{"original": false, "copied": true} {
			t.Run(tt.name+"/"+variant, func(t *testing.T) {
				t.Parallel()
				server := honest(t, orders)
				cfg := parse(t, asKeyValue.dsn([]string{orders}))
				route(cfg, map[string]string{orders: server.Addr()})
				var c calls
				cfg.TLSConfig.VerifyConnection = c.verify("held", nil)
				cfg.AfterNetConnect = c.afterNetConnect("hook")
				for i, s := range tt.steps {
					if err := rdspgx.Configure(cfg, s(&c)); err != nil {
						t.Fatalf("Configure, call %d = %v, want nil", i+1, err)
					}
					if copied {
						cfg = cfg.Copy()
					}
				}
				err := connect(bounded(t), cfg)
				if (err == nil) != (tt.want != nil) {
					t.Errorf("connect = %v, want success %v", err, tt.want != nil)
				}
				if tt.want == nil {
					wantNothing(t, server)
				}
				if !slices.Equal(c.order, tt.want) {
					t.Errorf("calls = %q, want %q", c.order, tt.want)
				}
				conns := server.Ended(t)
				for _, call := range tt.want {
					if strings.HasPrefix(call, "password") && conns[0].Login().Password != call {
						t.Errorf("the server received the password %q, want %q", conns[0].Login().Password, call)
					}
				}
			})
		}
	}
}

// TestConfigureTwiceNewHooks checks that a hook that the caller sets between two
// calls is kept.
func TestConfigureTwiceNewHooks(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	cfg := configFor(t, server)
	var c calls
	cfg.TLSConfig.VerifyConnection = c.verify("old verify", nil)
	cfg.AfterNetConnect = c.afterNetConnect("old hook")
	configure(t, cfg, trust())
	cfg.AfterNetConnect = c.afterNetConnect("new hook")
	configure(t, cfg, trust())
	wantConnect(t, cfg)
	if want := []string{"old verify", "new hook"}; !slices.Equal(c.order, want) {
		t.Errorf("calls = %q, want %q", c.order, want)
	}
}

// TestConfigureTwiceNewSessionCache checks that a session cache that the caller sets
// between two calls does not bring back the checks of the first.
func TestConfigureTwiceNewSessionCache(t *testing.T) {
	t.Parallel()
	for name, cache := range map[string]tls.ClientSessionCache{"none": nil, "new": tls.NewLRUClientSessionCache(1)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := honest(t, orders)
			cfg := configFor(t, server)
			configure(t, cfg, nil)
			cfg.TLSConfig.ClientSessionCache = cache
			configure(t, cfg, trust())
			wantConnect(t, cfg)
		})
	}
}

// TestEarlierGuardChecksOtherConnections checks that a hook between two calls of
// Configure cannot hand a connection of its own to the earlier guard as one that the
// newer guard has admitted.
func TestEarlierGuardChecksOtherConnections(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	cfg := configFor(t, server)
	configure(t, cfg, trust())
	earlier := cfg.AfterNetConnect
	cfg.AfterNetConnect = func(ctx context.Context, c *pgconn.Config, conn net.Conn) (net.Conn, error) {
		_ = conn.Close()
		client, impostor := net.Pipe()
		go func() {
			_ = tls.Server(impostor, serving(ca.Impostor().Instance(orders))).Handshake() // ends with the client
			_ = impostor.Close()
		}()
		return earlier(ctx, c, tls.Client(client, &tls.Config{InsecureSkipVerify: true}))
	}
	configure(t, cfg, trust())
	if err := connect(bounded(t), cfg); !errors.Is(err, rdstls.ErrUnverified) {
		t.Errorf("connect = %v, want ErrUnverified", err)
	}
}
