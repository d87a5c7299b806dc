package rdsmysql_test

// These tests are about what a server hears that did not prove who it is.
//
// The hazards that they guard against were all seen with go-sql-driver/mysql
// v1.10.1 before this package existed. A correct mysql.Config.TLS is not enough:
// with tls=preferred or allowFallbackToPlaintext=true, one greeting without
// CLIENT_SSL makes the driver continue in plaintext, and for all later connections
// of that *sql.DB (packets.go, readHandshakePacket: mc.cfg.TLS = nil).
// mysql_clear_password, once allowed, does not look for TLS (auth.go), so an IAM
// token goes over the network in cleartext. The SHA-2 plugins encrypt the password
// with a key that the attacker has just sent. And tls=skip-verify shakes hands
// with anybody.
//
// So the tests do not ask whether an error came back. They ask what the other
// side received: at most the TLS request, 36 bytes that are the same for
// everybody. TestStockDriverLeaks is the control: the stock driver, given
// the same DSNs, gives the same servers everything.

import (
	"context"
	"database/sql"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// TestHazardModes checks that an attacker receives nothing, whatever the parameters
// of the DSN allow and however the program connects.
func TestHazardModes(t *testing.T) {
	t.Parallel()
	for name, attacker := range attackers {
		for opener, open := range openers {
			t.Run(name+"/"+opener, func(t *testing.T) {
				t.Parallel()
				s := listen(t, attacker)
				for _, tls := range tlsParams {
					for i, f := range flags {
						if attacker.TLS != nil && i != len(flags)-1 {
							continue // only with all: handshakes take their time
						}
						attack(t, s, open, join(tls.params, f), tls.want)
					}
				}
				wantNothing(t, s)
			})
		}
	}
}

// TestStripTLSSendsNothing checks that the client sends nothing, not even a TLS
// request, to a server that says that it has no TLS.
func TestStripTLSSendsNothing(t *testing.T) {
	t.Parallel()
	s := listen(t, fakedb.MySQLOptions{Plaintext: true})
	for _, open := range openers {
		attack(t, s, open, permissiveParams, nil)
	}
	for _, c := range s.Ended(t) {
		if got := c.Raw(); len(got) > 0 {
			t.Errorf("the attacker received %.100q, want nothing", got)
		}
	}
}

// TestHazardCertificates tries every kind of bad certificate.
func TestHazardCertificates(t *testing.T) {
	t.Parallel()
	for _, bad := range testcerts.Bad(ca, orders) {
		for name, version := range versions {
			t.Run(bad.Name+"/"+name, func(t *testing.T) {
				t.Parallel()
				cfg := serving(bad.Cert)
				cfg.MaxVersion = version
				s := listen(t, fakedb.MySQLOptions{TLS: cfg})
				for _, open := range openers {
					attack(t, s, open, permissiveParams, nil)
				}
				wantNothing(t, s)
			})
		}
	}
}

// TestHazardBehaviors tries what an attacker on the network can do to the packets
// of the true server. Some are silent, so the attempts end by their context.
func TestHazardBehaviors(t *testing.T) {
	t.Parallel()
	for _, b := range fakedb.HostileMySQL() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Plaintext: true, Behavior: b})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			var all sync.WaitGroup
			for opener, open := range openers {
				all.Go(func() {
					db, err := open(t, s, permissiveParams)
					if err != nil {
						t.Errorf("%s: %v", opener, err)
						return
					}
					defer db.Close()
					if err := db.PingContext(ctx); err == nil {
						t.Errorf("%s: Ping = nil, want an error", opener)
					}
				})
			}
			all.Wait()
			wantNothing(t, s)
		})
	}
}

// TestHazardEmbeddedRoots checks that without Options.Roots only the CAs of AWS are
// trusted: even the right certificate of the test CA is refused.
func TestHazardEmbeddedRoots(t *testing.T) {
	t.Parallel()
	s := honest(t, orders)
	attack(t, s, openers["embedded-roots"], permissiveParams, nil)
	wantNothing(t, s)
}

// TestHazardTLSConfigKeys checks that a DSN that names a TLS config key of
// RegisterTLSConfig, and undoes nothing of it, sends attackers nothing.
func TestHazardTLSConfigKeys(t *testing.T) {
	t.Parallel()
	named := trust()
	named.ServerName = orders
	tlsKeys := map[string]*rdstls.Options{"hazard-shared": trust(), "hazard-named": named, "hazard-embedded": nil}
	for key, opts := range tlsKeys {
		if err := rdsmysql.RegisterTLSConfig(key, opts); err != nil {
			t.Fatal(err)
		}
	}
	servers := map[string]*fakedb.Server{}
	for name, attacker := range attackers {
		servers[name] = listen(t, attacker)
	}
	for _, bad := range testcerts.Bad(ca, orders) {
		servers[bad.Name] = listen(t, fakedb.MySQLOptions{TLS: serving(bad.Cert)})
	}
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for key := range tlsKeys {
				open := func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
					cfg := parse(t, canaryDSN(networkTo(s)+"("+orders+":3306)", params))
					if err := rdsmysql.Check(cfg); err != nil {
						t.Errorf("Check(%q) = %v, want nil", params, err)
					}
					return stockDB(t, cfg), nil
				}
				attack(t, s, open, "tls="+key, nil)
				attack(t, s, open, "tls="+key+"&allowCleartextPasswords=true&allowOldPasswords=true", nil)
			}
			wantNothing(t, s)
		})
	}
}

// sticky connects three times to a network in which an attacker answers the first
// connection, and returns what the true server, which serves the others, received.
func sticky(t *testing.T, open func(dialFunc) *sql.DB) (attacked, later []*fakedb.Conn) {
	t.Helper()
	attacker := listen(t, fakedb.MySQLOptions{Plaintext: true})
	server := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Plaintext: true})
	var dials atomic.Int32
	db := open(func(ctx context.Context, network, addr string) (net.Conn, error) {
		if dials.Add(1) == 1 {
			return dialing(attacker)(ctx, network, addr)
		}
		return dialing(server)(ctx, network, addr)
	})
	db.SetMaxIdleConns(-1)
	for range 3 {
		_ = db.PingContext(t.Context()) // the servers' records count
	}
	db.Close()
	return attacker.Ended(t), server.Ended(t)
}

// TestHazardSticky checks that an attacker who answers one connection changes
// nothing for later ones: the next connection to the true server uses TLS.
func TestHazardSticky(t *testing.T) {
	t.Parallel()
	for _, params := range []string{permissiveParams, "tls=preferred&allowCleartextPasswords=true", "allowFallbackToPlaintext=true&allowCleartextPasswords=true"} {
		attacked, later := sticky(t, func(dial dialFunc) *sql.DB {
			cfg := parse(t, canaryDSN("tcp("+orders+")", params))
			cfg.DialFunc = dial
			c := newConnector(t, cfg, trust())
			return sql.OpenDB(c)
		})
		if len(attacked) != 1 || len(attacked[0].Raw()) != 0 {
			t.Errorf("%q: the attacker received %d connections, want one, and nothing on it", params, len(attacked))
		}
		if len(later) != 2 {
			t.Errorf("%q: %d connections to the server, want 2", params, len(later))
		}
		for _, c := range later {
			if _, secure := c.TLS(); !secure || !c.TLSRequested() || len(c.Cleartext()) > 0 || c.Login().Password != canaryPassword {
				t.Errorf("%q: TLS = %t, outside TLS %q, want TLS and a login", params, secure, c.Plain())
			}
		}
	}
}

// TestHazardFormatDSN checks that the driver refuses a DSN that was made from a
// configuration. The DSN holds the password, and the driver would drop TLS.
func TestHazardFormatDSN(t *testing.T) {
	t.Parallel()
	s := listen(t, fakedb.MySQLOptions{Plaintext: true})
	cfg := parse(t, canaryDSN("tcp("+s.Addr()+")", "allowCleartextPasswords=true"))
	opts := trust()
	opts.ServerName = orders
	configure(t, cfg, opts)
	db, err := sql.Open("mysql", cfg.FormatDSN())
	if err == nil {
		_ = db.PingContext(t.Context())
		db.Close()
		t.Error("sql.Open(FormatDSN()) = nil, want an error")
	}
	if conns := s.Ended(t); len(conns) > 0 {
		t.Errorf("the server received %q", conns[0].Raw())
	}
}
