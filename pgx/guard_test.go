package rdspgx_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/fakedb"
	rdspgx "github.com/rdstls/go/pgx"
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
// attacker who would profit. anyError stands for an error of crypto/tls.
var weakenings = []struct {
	name     string
	attacker string
	edit     func(*pgx.ConnConfig)
	want     error
}{
	{"plaintext fallback", "refuses-tls", func(c *pgx.ConnConfig) { addFallback(c, nil) }, rdstls.ErrPlaintext},
	{"plaintext primary", "refuses-tls", func(c *pgx.ConnConfig) { c.TLSConfig = nil }, rdstls.ErrPlaintext},
	{"plaintext primary, honest TLS", "self-signed", func(c *pgx.ConnConfig) { c.TLSConfig = nil }, rdstls.ErrPlaintext},
	{"insecure fallback", "self-signed", func(c *pgx.ConnConfig) {
		addFallback(c, &tls.Config{InsecureSkipVerify: true, ServerName: orders})
	}, rdstls.ErrUnverified},
	{"insecure fallback without name", "self-signed", func(c *pgx.ConnConfig) {
		addFallback(c, &tls.Config{InsecureSkipVerify: true})
	}, rdstls.ErrUnverified},
	{"fallback with other roots", "cloned-root", func(c *pgx.ConnConfig) {
		addFallback(c, &tls.Config{ServerName: orders, RootCAs: ca.Impostor().Pool()})
	}, rdstls.ErrUnverified},
	{"insecure replacement", "other-host", func(c *pgx.ConnConfig) {
		c.TLSConfig = &tls.Config{InsecureSkipVerify: true, ServerName: orders}
	}, rdstls.ErrUnverified},
	{"insecure replacement of stock driver", "self-signed", func(c *pgx.ConnConfig) {
		stock, err := pgx.ParseConfig("sslmode=require host=" + orders)
		if err != nil {
			panic(err)
		}
		c.TLSConfig = stock.TLSConfig
	}, rdstls.ErrUnverified},
	{"replacement with other roots", "cloned-root", func(c *pgx.ConnConfig) {
		c.TLSConfig = &tls.Config{ServerName: orders, RootCAs: ca.Impostor().Pool()}
	}, rdstls.ErrUnverified},
	{"replacement with other name", "other-host", func(c *pgx.ConnConfig) {
		c.TLSConfig = &tls.Config{ServerName: otherHost, RootCAs: ca.Pool()}
	}, rdstls.ErrUnverified},
	{"InsecureSkipVerify set", "other-region", func(c *pgx.ConnConfig) { c.TLSConfig.InsecureSkipVerify = true }, rdstls.ErrUnverified},
	{"InsecureSkipVerify set on clone", "self-signed", func(c *pgx.ConnConfig) {
		c.TLSConfig = c.TLSConfig.Clone()
		c.TLSConfig.InsecureSkipVerify = true
	}, rdstls.ErrUnverified},
	{"InsecureSkipVerify set, VerifyConnection gone", "self-signed", func(c *pgx.ConnConfig) {
		c.TLSConfig.InsecureSkipVerify, c.TLSConfig.VerifyConnection = true, nil
	}, rdstls.ErrUnverified},
	{"ServerName changed", "other-host", func(c *pgx.ConnConfig) { c.TLSConfig.ServerName = otherHost }, rdstls.ErrUnverified},
	{"ServerName changed on clone", "other-host", func(c *pgx.ConnConfig) {
		c.TLSConfig = c.TLSConfig.Clone()
		c.TLSConfig.ServerName = otherHost
	}, rdstls.ErrUnverified},
	{"ServerName changed, VerifyConnection gone", "other-host", func(c *pgx.ConnConfig) {
		c.TLSConfig.ServerName, c.TLSConfig.VerifyConnection = otherHost, nil
	}, rdstls.ErrUnverified},
	{"RootCAs changed", "cloned-root", func(c *pgx.ConnConfig) { c.TLSConfig.RootCAs = ca.Impostor().Pool() }, rdstls.ErrUnverified},
	{"RootCAs added to", "cloned-root", func(c *pgx.ConnConfig) { c.TLSConfig.RootCAs.AddCert(ca.Impostor().Root()) }, rdstls.ErrUnverified},
	{"RootCAs changed, VerifyConnection gone", "cloned-root", func(c *pgx.ConnConfig) {
		c.TLSConfig.RootCAs, c.TLSConfig.VerifyConnection = ca.Impostor().Pool(), nil
	}, rdstls.ErrUnverified},
	{"AfterNetConnect gone, InsecureSkipVerify set", "self-signed", func(c *pgx.ConnConfig) {
		c.AfterNetConnect, c.TLSConfig.InsecureSkipVerify = nil, true
	}, rdstls.ErrUnverified},
	{"AfterNetConnect gone", "self-signed", func(c *pgx.ConnConfig) { c.AfterNetConnect = nil }, anyError},
	{"host changed", "self-signed", func(c *pgx.ConnConfig) { c.Host = billing }, anyError},
}

var anyError error = new(tls.CertificateVerificationError)

func addFallback(c *pgx.ConnConfig, tlsConfig *tls.Config) {
	c.Fallbacks = append(c.Fallbacks, &pgconn.FallbackConfig{Host: c.Host, Port: c.Port, TLSConfig: tlsConfig})
}

func TestGuardWeakened(t *testing.T) {
	t.Parallel()
	for _, test := range weakenings {
		for _, m := range modes {
			t.Run(test.name+"/"+m.name, func(t *testing.T) {
				t.Parallel()
				evil := attackerNamed(t, test.attacker).listen(t)
				cfg := parse(t, asURL.dsn([]string{orders}, m.params...))
				route(cfg, map[string]string{orders: evil.Addr(), billing: evil.Addr()})
				if err := rdspgx.Configure(cfg, trust()); err != nil {
					t.Fatalf("Configure = %v, want nil", err)
				}
				test.edit(cfg)
				err := connect(bounded(t), cfg)
				var certificate *tls.CertificateVerificationError
				switch {
				case err == nil:
					t.Error("connect = nil, want an error")
				case test.want == anyError:
					if !errors.As(err, &certificate) {
						t.Errorf("connect = %v, want %T", err, certificate)
					}
				case !errors.Is(err, test.want):
					t.Errorf("connect = %v, want %v", err, test.want)
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
	for _, test := range []struct {
		name    string
		keep    bool // the connection
		err     error
		wantErr bool
	}{
		{"conn and nil", true, nil, false},
		{"conn and error", true, errHook, true},
		{"nil and error", false, errHook, true},
		{"nil and nil", false, nil, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := honest(t, orders)
			cfg := parse(t, asURL.dsn([]string{orders}))
			route(cfg, map[string]string{orders: server.Addr()})
			cfg.AfterNetConnect = func(_ context.Context, _ *pgconn.Config, conn net.Conn) (net.Conn, error) {
				if !test.keep {
					conn = nil
				}
				return conn, test.err
			}
			if err := rdspgx.Configure(cfg, trust()); err != nil {
				t.Fatalf("Configure = %v, want nil", err)
			}
			err := connect(bounded(t), cfg)
			if (err != nil) != test.wantErr || test.err != nil && !errors.Is(err, test.err) {
				t.Errorf("connect = %v, want error %v, matching %v", err, test.wantErr, test.err)
			}
			if test.wantErr {
				wantNothing(t, server) // and has been closed
			}
		})
	}
}

// TLS has no names for IP addresses.
func TestGuardAddresses(t *testing.T) {
	t.Parallel()
	right, impostor := ca.Leaf(withLoopback, "loopback.example"), ca.Impostor().Leaf(withLoopback, "loopback.example")
	elsewhere := ca.Instance("loopback.example")
	for _, f := range forms {
		for _, m := range modes {
			t.Run(fmt.Sprintf("%s/%s", f, m.name), func(t *testing.T) {
				t.Parallel()
				evil1 := listen(t, fakedb.PostgresOptions{Plaintext: true, TLS: serving(impostor)})
				evil2 := listen(t, fakedb.PostgresOptions{Plaintext: true, TLS: serving(elsewhere)})
				last := listen(t, fakedb.PostgresOptions{TLS: serving(right)})
				// A name among the addresses must not be mistaken for one of them.
				hosts := []string{evil1.Addr(), orders + ":1", evil2.Addr(), last.Addr()}
				cfg := parse(t, f.dsn(hosts, m.params...))
				named := listen(t, fakedb.PostgresOptions{Plaintext: true, TLS: serving(right)})
				route(cfg, map[string]string{orders: named.Addr()})
				if err := rdspgx.Configure(cfg, trust()); err != nil {
					t.Fatalf("Configure = %v, want nil", err)
				}
				if err := connect(bounded(t), cfg); err != nil {
					t.Errorf("connect = %v, want nil", err)
				}
				for _, evil := range []*fakedb.Server{evil1, named, evil2} {
					wantNothing(t, evil)
				}
				wantLogin(t, last)
			})
		}
	}
}

// Addresses share the name that TLS reports for them, none. Each is verified as
// what it is.
func TestGuardTwoAddresses(t *testing.T) {
	t.Parallel()
	const one, two = "127.0.0.1", "::1"
	of := func(address string) tls.Certificate {
		return ca.Leaf(func(leaf *x509.Certificate) { leaf.IPAddresses = []net.IP{net.ParseIP(address)} }, "loopback.example")
	}
	for _, test := range []struct {
		name  string
		certs map[string]tls.Certificate // those that are not there are down
		want  bool
	}{
		{"first", map[string]tls.Certificate{one: of(one)}, true},
		{"second", map[string]tls.Certificate{two: of(two)}, true},
		{"second after impostor", map[string]tls.Certificate{one: of(two), two: of(two)}, true},
		{"exchanged", map[string]tls.Certificate{one: of(two), two: of(one)}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			addrs := map[string]string{one: down, two: down}
			for address, cert := range test.certs {
				addrs[address] = listen(t, fakedb.PostgresOptions{TLS: serving(cert)}).Addr()
			}
			cfg := parse(t, asKeyValue.dsn([]string{one, two}))
			route(cfg, addrs)
			if err := rdspgx.Configure(cfg, trust()); err != nil {
				t.Fatalf("Configure = %v, want nil", err)
			}
			if err := connect(bounded(t), cfg); (err == nil) != test.want {
				t.Errorf("connect = %v, want success %v", err, test.want)
			}
		})
	}
}

// An insecure fallback to an address is not saved by the other addresses.
func TestGuardInsecureAddress(t *testing.T) {
	t.Parallel()
	impostor := ca.Impostor().Leaf(withLoopback, "loopback.example")
	for _, hosts := range [][]string{{"127.0.0.1"}, {orders}} {
		evil := listen(t, fakedb.PostgresOptions{Plaintext: true, TLS: serving(impostor)})
		cfg := parse(t, asURL.dsn(hosts))
		route(cfg, map[string]string{orders: down, "127.0.0.1": evil.Addr()})
		if err := rdspgx.Configure(cfg, trust()); err != nil {
			t.Fatalf("Configure = %v, want nil", err)
		}
		cfg.Fallbacks = append(cfg.Fallbacks, &pgconn.FallbackConfig{
			Host: "127.0.0.1", Port: 5432, TLSConfig: &tls.Config{InsecureSkipVerify: true},
		})
		if err := connect(bounded(t), cfg); !errors.Is(err, rdstls.ErrUnverified) {
			t.Errorf("connect with %q and an insecure address = %v, want %v", hosts, err, rdstls.ErrUnverified)
		}
		wantNothing(t, evil)
	}
}

func TestGuardTwoPorts(t *testing.T) {
	t.Parallel()
	for _, f := range forms {
		for _, m := range modes {
			t.Run(fmt.Sprintf("%s/%s", f, m.name), func(t *testing.T) {
				t.Parallel()
				evil := attackerNamed(t, "cloned-root").listen(t)
				right := honest(t, orders)
				cfg := parse(t, f.dsn([]string{orders + ":1", orders + ":2"}, m.params...))
				route(cfg, map[string]string{orders + ":1": evil.Addr(), orders + ":2": right.Addr()})
				if err := rdspgx.Configure(cfg, trust()); err != nil {
					t.Fatalf("Configure = %v, want nil", err)
				}
				if err := connect(bounded(t), cfg); err != nil {
					t.Errorf("connect = %v, want nil", err)
				}
				wantNothing(t, evil)
				wantLogin(t, right)
			})
		}
	}
}

func TestGuardDirect(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		opts      fakedb.PostgresOptions
		protocols []string // of the server
		cert      tls.Certificate
		want      bool
	}{
		{"chosen", fakedb.PostgresOptions{Direct: true}, []string{"postgresql"}, ca.Instance(orders), true},
		{"chosen among others", fakedb.PostgresOptions{Direct: true}, []string{"h2", "postgresql"}, ca.Instance(orders), true},
		{"none", fakedb.PostgresOptions{Direct: true, Plaintext: true}, nil, ca.Instance(orders), false},
		{"another", fakedb.PostgresOptions{Direct: true, Plaintext: true}, []string{"h2"}, ca.Instance(orders), false},
		{"impostor", fakedb.PostgresOptions{Direct: true, Plaintext: true}, []string{"postgresql"}, ca.Impostor().Instance(orders), false},
		{"not direct", fakedb.PostgresOptions{Plaintext: true}, []string{"postgresql"}, ca.Instance(orders), false},
	} {
		for _, f := range forms {
			for _, m := range modes {
				t.Run(fmt.Sprintf("%s/%s/%s", test.name, f, m.name), func(t *testing.T) {
					t.Parallel()
					opts := test.opts
					opts.TLS = &tls.Config{Certificates: []tls.Certificate{test.cert}, NextProtos: test.protocols}
					server := listen(t, opts)
					cfg := parse(t, f.dsn([]string{orders}, append(m.params, "sslnegotiation=direct")...))
					route(cfg, map[string]string{orders: server.Addr()})
					if err := rdspgx.Configure(cfg, trust()); err != nil {
						t.Fatalf("Configure = %v, want nil", err)
					}
					err := connect(bounded(t), cfg)
					if (err == nil) != test.want {
						t.Errorf("connect = %v, want success %v", err, test.want)
					}
					if test.want {
						wantLogin(t, server)
						return
					}
					conns, held := secretsHeld(t, server, nil)
					if conns == 0 || len(held) > 0 {
						t.Errorf("in %d connections the attacker received %q, want nothing in some", conns, held)
					}
				})
			}
		}
	}
}

// The demand for ALPN, too, is the guard's: it outlives a change of the TLSConfig.
func TestGuardDirectWeakened(t *testing.T) {
	t.Parallel()
	evil := listen(t, fakedb.PostgresOptions{Direct: true, Plaintext: true, TLS: serving(ca.Instance(orders))})
	cfg := parse(t, asURL.dsn([]string{orders}, "sslnegotiation=direct"))
	route(cfg, map[string]string{orders: evil.Addr()})
	if err := rdspgx.Configure(cfg, trust()); err != nil {
		t.Fatalf("Configure = %v, want nil", err)
	}
	cfg.TLSConfig.NextProtos, cfg.TLSConfig.VerifyConnection = nil, nil
	if err := connect(bounded(t), cfg); err == nil {
		t.Error("connect = nil, want an error")
	}
	if conns, held := secretsHeld(t, evil, nil); conns == 0 || len(held) > 0 {
		t.Errorf("in %d connections the attacker received %q, want nothing in some", conns, held)
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
		if err := rdspgx.Configure(cfg, trust()); err != nil {
			t.Fatalf("Configure = %v, want nil", err)
		}
		if err := connect(bounded(t), cfg); err != nil {
			t.Errorf("connect to %q = %v, want nil", name, err)
		}
		wantLogin(t, server)
	}
}

// Servers that stay silent, or talk for ever, hold an attempt until
// ConnectTimeout or the context ends it.
func TestGuardSilentServer(t *testing.T) {
	t.Parallel()
	slow := fakedb.Drip([]byte{0x16, 0x03, 0x03, 0x40, 0x00}) // a record of 16 KiB, for ever
	for _, b := range []fakedb.Behaviour{
		{Name: "connect", Connect: fakedb.Silence},
		{Name: "request", Request: fakedb.Silence},
		{Name: "handshake", Handshake: fakedb.Silence},
		{Name: "drip", Handshake: slow},
	} {
		for _, negotiation := range []string{"postgres", "direct"} {
			if b.Request != nil && negotiation == "direct" {
				continue // there is no request
			}
			for _, bound := range []string{"ConnectTimeout", "context"} {
				t.Run(fmt.Sprintf("%s/%s/%s", b.Name, negotiation, bound), func(t *testing.T) {
					t.Parallel()
					server := listen(t, fakedb.PostgresOptions{TLS: serving(ca.Instance(orders)), Direct: true, Behaviour: b})
					cfg := parse(t, asURL.dsn([]string{orders}, "sslnegotiation="+negotiation))
					route(cfg, map[string]string{orders: server.Addr()})
					ctx := bounded(t)
					if bound == "context" {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, patience)
						defer cancel()
					} else {
						cfg.ConnectTimeout = patience
					}
					if err := rdspgx.Configure(cfg, trust()); err != nil {
						t.Fatalf("Configure = %v, want nil", err)
					}
					ended := make(chan error, 1)
					go func() { ended <- connect(ctx, cfg) }()
					var err error
					select {
					case err = <-ended:
					case <-bounded(t).Done():
						t.Fatal("the attempt does not end")
					}
					if !pgconn.Timeout(err) && !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("connect = %v, want a timeout", err)
					}
					if bounded := ctx.Err(); bound == "ConnectTimeout" && bounded != nil {
						t.Errorf("ConnectTimeout of %v did not end the attempt: %v", patience, bounded)
					}
				})
			}
		}
	}
}

// A request to cancel carries a key that lets anybody cancel. It goes over TLS
// that was verified as that of the connection was.
func TestGuardCancelRequest(t *testing.T) {
	t.Parallel()
	for _, negotiation := range []string{"postgres", "direct"} {
		for _, a := range attackers() {
			t.Run(negotiation+"/"+a.name, func(t *testing.T) {
				t.Parallel()
				config := &tls.Config{Certificates: []tls.Certificate{ca.Instance(orders)}, NextProtos: []string{"postgresql"}}
				server := listen(t, fakedb.PostgresOptions{TLS: config, Direct: true})
				evil := a.listen(t)
				cfg := parse(t, asURL.dsn([]string{orders}, "sslnegotiation="+negotiation))
				addrs := map[string]string{orders: server.Addr()}
				route(cfg, addrs)
				if err := rdspgx.Configure(cfg, trust()); err != nil {
					t.Fatalf("Configure = %v, want nil", err)
				}
				conn, err := pgx.ConnectConfig(bounded(t), cfg)
				if err != nil {
					t.Fatalf("connect = %v, want nil", err)
				}
				if err := conn.PgConn().CancelRequest(bounded(t)); err != nil {
					t.Errorf("CancelRequest = %v, want nil", err)
				}
				addrs["127.0.0.1"] = evil.Addr() // as if somebody had taken over the address
				if err := conn.PgConn().CancelRequest(bounded(t)); err == nil {
					t.Error("CancelRequest to the attacker = nil, want an error")
				}
				if err := conn.Close(bounded(t)); err != nil {
					t.Error(err)
				}
				conns, err := server.Wait(bounded(t))
				if err != nil {
					t.Fatal(err)
				}
				const cancelRequest = 16 // bytes
				if len(conns) != 2 || len(conns[1].Secure()) != cancelRequest {
					t.Errorf("the server saw %d connections, want a second with a cancel request inside TLS", len(conns))
				}
				request := sslRequest
				if negotiation == "direct" {
					request = nil
				}
				if _, held := secretsHeld(t, evil, request); len(held) > 0 {
					t.Errorf("the attacker received %q", held)
				}
			})
		}
	}
}
