package rdsmysql_test

// These tests are about what a server hears that did not prove who it is.
//
// The hazards that they guard against were all seen with go-sql-driver/mysql
// v1.10.1 before this package existed. A correct mysql.Config.TLS is not enough:
// with tls=preferred or allowFallbackToPlaintext=true, one greeting without
// CLIENT_SSL makes the driver go on in plaintext, and for all later connections
// of that *sql.DB (packets.go, readHandshakePacket: mc.cfg.TLS = nil).
// mysql_clear_password, once allowed, does not look for TLS (auth.go), so an IAM
// token goes over the network in clear. The SHA-2 plugins encrypt the password
// with a key that the attacker has just sent. And tls=skip-verify shakes hands
// with anybody.
//
// So the tests do not ask whether an error came back. They ask what the other
// side received: at most the request for TLS, 36 bytes that are the same for
// everybody. TestHazardsOfTheStockDriver is the control: the stock driver, given
// the same DSNs, gives the same servers everything.

import (
	"bytes"
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// leak says what c shows of the client that it should not, or nothing. A client
// that was not offered TLS should not even ask for it.
func leak(c *fakedb.Conn, offered bool) string {
	for _, secret := range []string{password, user, database} {
		if c.Contains(secret) {
			return "the word " + secret
		}
	}
	_, secure := c.TLS()
	switch plain := c.Plain(); {
	case secure:
		return "a TLS connection"
	case len(c.Secure()) > 0:
		return fmt.Sprintf("%.100q inside TLS", c.Secure())
	case len(plain) == 0:
		return ""
	case !offered || !isTLSRequest(plain):
		return fmt.Sprintf("%.100q outside TLS", plain)
	}
	return ""
}

// isTLSRequest reports whether b is Protocol::SSLRequest and nothing else but
// records of TLS, which the server did not take as such: a header, capabilities
// with CLIENT_SSL, no maximum, a collation, and zeros.
func isTLSRequest(b []byte) bool {
	return len(b) >= 36 && bytes.Equal(b[:4], []byte{32, 0, 0, 1}) && b[5]&8 != 0 &&
		bytes.Equal(b[8:12], make([]byte, 4)) && bytes.Equal(b[13:36], make([]byte, 23)) && areRecords(b[36:])
}

// areRecords reports whether b is a ClientHello and alerts, all of them records
// of a type, a version, and a length.
func areRecords(b []byte) bool {
	for len(b) > 0 {
		if len(b) < 5 || b[0] != 21 && b[0] != 22 || b[1] != 3 {
			return false
		}
		n := 5 + int(b[3])<<8 + int(b[4])
		if n > len(b) {
			return false
		}
		b = b[n:]
	}
	return true
}

// ways are the ways to connect to a server s with the parameters of a DSN.
var ways = map[string]func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error){
	"OpenDB": func(_ *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		return rdsmysql.OpenDB(canaryDSN(networkTo(s)+"("+host+":3306)", params), trusting())
	},
	"OpenDB through a tunnel": func(_ *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		opts := trusting()
		opts.ServerName = host
		return rdsmysql.OpenDB(canaryDSN("tcp("+s.Addr()+")", params), opts)
	},
	"NewConnector": func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		return newDB(t, s, params, trusting())
	},
	"embedded roots": func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		return newDB(t, s, params, nil)
	},
	"Configure": func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
		cfg := parse(t, canaryDSN("tcp("+host+")", params))
		if err := rdsmysql.Configure(cfg, trusting()); err != nil {
			return nil, err
		}
		cfg.DialFunc = dialing(s)
		c, err := mysql.NewConnector(cfg)
		if err != nil {
			return nil, err
		}
		return sql.OpenDB(c), nil
	},
}

func newDB(t *testing.T, s *fakedb.Server, params string, opts *rdstls.Options) (*sql.DB, error) {
	cfg := parse(t, canaryDSN("tcp("+host+")", params))
	cfg.DialFunc = dialing(s)
	c, err := rdsmysql.NewConnector(cfg, opts)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(c), nil
}

func canaryDSN(addr, params string) string {
	return user + ":" + password + "@" + addr + "/" + database + "?" + params
}

// attackers are servers that cannot be the endpoint. With all but the last the
// stock driver, told to skip verification, shakes hands.
var attackers = map[string]fakedb.MySQLOptions{
	"stripped, clear password": {Plaintext: true, Plugin: fakedb.ClearPassword},
	"stripped, SHA-256":        {Plaintext: true, Plugin: fakedb.SHA256Password},
	"stripped, caching SHA-2":  {Plaintext: true, Plugin: fakedb.CachingSHA2Password},
	"other instance":           {TLS: serving(authority().Instance(other)), Plugin: fakedb.ClearPassword},
	"other Region":             {TLS: serving(strange().Instance(host)), Plugin: fakedb.SHA256Password},
	"copied authority":         {TLS: serving(authority().Impostor().Instance(host)), Plugin: fakedb.CachingSHA2Password},
	"stripped, MariaDB's own":  {Plaintext: true, Plugin: "client_ed25519"},
}

// worst allows everything that a DSN can allow.
const worst = "tls=preferred&allowFallbackToPlaintext=true&allowCleartextPasswords=true&allowOldPasswords=true"

func TestHazards(t *testing.T) {
	t.Parallel()
	for name, attacker := range attackers {
		for way, open := range ways {
			t.Run(name+"/"+way, func(t *testing.T) {
				t.Parallel()
				s := listen(t, attacker)
				for _, tls := range spellings {
					for i, f := range flags {
						if attacker.TLS != nil && i != len(flags)-1 {
							continue // only with all: handshakes take their time
						}
						attack(t, s, open, join(tls.params, f), tls.want)
					}
				}
				heardNothing(t, s)
			})
		}
	}
}

// attack connects to an attacker, which must fail.
func attack(t *testing.T, s *fakedb.Server, open func(*testing.T, *fakedb.Server, string) (*sql.DB, error), params string, refused error) {
	t.Helper()
	db, err := open(t, s, params)
	if err != nil || refused != nil {
		if refused == nil || !errors.Is(err, refused) {
			t.Errorf("%q: error %v, want %v", params, err, refused)
		}
		return
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(t.Context(), bound)
	defer cancel()
	if err := db.PingContext(ctx); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%q: Ping = %v, want it refused", params, err)
	}
}

// heardNothing fails the test unless s was connected to and heard nothing.
func heardNothing(t *testing.T, s *fakedb.Server) {
	t.Helper()
	conns := ended(t, s)
	if len(conns) == 0 {
		t.Error("nobody connected")
	}
	for i, c := range conns {
		if got := leak(c, true); got != "" {
			t.Errorf("connection %d of %d: the attacker heard %s", i+1, len(conns), got)
		}
	}
}

// TestHazardsStrippedHearsNothingAtAll is about a server that says that it has no
// TLS: the client does not even ask.
func TestHazardsStrippedHearsNothingAtAll(t *testing.T) {
	t.Parallel()
	s := listen(t, fakedb.MySQLOptions{Plaintext: true})
	for _, open := range ways {
		attack(t, s, open, worst, nil)
	}
	for _, c := range ended(t, s) {
		if got := c.Raw(); len(got) > 0 {
			t.Errorf("the attacker heard %.100q, want nothing", got)
		}
	}
}

// TestHazardsCertificates tries every kind of bad certificate.
func TestHazardsCertificates(t *testing.T) {
	t.Parallel()
	for _, bad := range testcerts.Bad(authority(), host) {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(fmt.Sprintf("%s/%s", bad.Name, tls.VersionName(version)), func(t *testing.T) {
				t.Parallel()
				cfg := serving(bad.Cert)
				cfg.MaxVersion = version
				s := listen(t, fakedb.MySQLOptions{TLS: cfg})
				for _, open := range ways {
					attack(t, s, open, worst, nil)
				}
				heardNothing(t, s)
			})
		}
	}
}

// TestHazardsBehaviours tries what somebody on the network can do to the packets
// of the true server. Some are silent, so the attempts end by their context.
func TestHazardsBehaviours(t *testing.T) {
	t.Parallel()
	for _, b := range fakedb.HostileMySQL() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, fakedb.MySQLOptions{TLS: serving(authority().Instance(host)), Plaintext: true, Behaviour: b})
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			var all sync.WaitGroup
			for way, open := range ways {
				all.Go(func() {
					db, err := open(t, s, worst)
					if err != nil {
						t.Errorf("%s: %v", way, err)
						return
					}
					defer db.Close()
					if err := db.PingContext(ctx); err == nil {
						t.Errorf("%s: Ping = nil, want an error", way)
					}
				})
			}
			all.Wait()
			heardNothing(t, s)
		})
	}
}

// TestHazardsEmbeddedRoots is about the roots of AWS: no certificate of the tests
// is trusted without Options.Roots, the right one included.
func TestHazardsEmbeddedRoots(t *testing.T) {
	t.Parallel()
	s := honest(t)
	attack(t, s, ways["embedded roots"], worst, nil)
	heardNothing(t, s)
}

// TestHazardsProfiles is about profiles of RegisterTLSConfig in DSNs that leave
// them alone.
func TestHazardsProfiles(t *testing.T) {
	t.Parallel()
	named := trusting()
	named.ServerName = host
	profiles := map[string]*rdstls.Options{"hazard-shared": trusting(), "hazard-named": named, "hazard-embedded": nil}
	for key, opts := range profiles {
		if err := rdsmysql.RegisterTLSConfig(key, opts); err != nil {
			t.Fatal(err)
		}
	}
	servers := map[string]*fakedb.Server{}
	for name, attacker := range attackers {
		servers[name] = listen(t, attacker)
	}
	for _, bad := range testcerts.Bad(authority(), host) {
		servers[bad.Name] = listen(t, fakedb.MySQLOptions{TLS: serving(bad.Cert)})
	}
	for name, s := range servers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for key := range profiles {
				open := func(t *testing.T, s *fakedb.Server, params string) (*sql.DB, error) {
					cfg := parse(t, canaryDSN(networkTo(s)+"("+host+":3306)", params))
					if err := rdsmysql.Check(cfg); err != nil {
						t.Errorf("Check(%q) = %v, want nil", params, err)
					}
					return stockDB(t, cfg), nil
				}
				attack(t, s, open, "tls="+key, nil)
				attack(t, s, open, "tls="+key+"&allowCleartextPasswords=true&allowOldPasswords=true", nil)
			}
			heardNothing(t, s)
		})
	}
}

func stockDB(t testing.TB, cfg *mysql.Config) *sql.DB {
	t.Helper()
	c, err := mysql.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return sql.OpenDB(c)
}

// TestHazardsOfTheStockDriver is the control: the same DSNs and servers, without
// this package. Should it fail, the tests above may prove nothing.
func TestHazardsOfTheStockDriver(t *testing.T) {
	t.Parallel()
	for name, attacker := range attackers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, attacker)
			for _, address := range []string{networkTo(s) + "(" + host + ":3306)", "tcp(" + s.Addr() + ")"} {
				db := stockDB(t, parse(t, canaryDSN(address, worst)))
				_ = db.PingContext(t.Context()) // whatever it says
				db.Close()
			}
			for i, c := range ended(t, s) {
				got := leak(c, true)
				if !strings.HasPrefix(got, "the word") {
					t.Errorf("connection %d: the attacker heard %q, want a secret", i+1, got)
				}
				if attacker.Plugin != "client_ed25519" && !c.Contains(password) {
					t.Errorf("connection %d: the attacker did not hear the password", i+1)
				}
			}
		})
	}
}

// sticky connects three times to a network in which an attacker answers the first
// connection, and returns what the true server, which serves the others, heard.
func sticky(t *testing.T, open func(dialFunc) *sql.DB) (attacked, later []*fakedb.Conn) {
	t.Helper()
	attacker := listen(t, fakedb.MySQLOptions{Plaintext: true})
	server := listen(t, fakedb.MySQLOptions{TLS: serving(authority().Instance(host)), Plaintext: true})
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
	return ended(t, attacker), ended(t, server)
}

// TestHazardsSticky is about a connection that an attacker answered: the next one
// to the true server uses TLS.
func TestHazardsSticky(t *testing.T) {
	t.Parallel()
	for _, params := range []string{worst, "tls=preferred&allowCleartextPasswords=true", "allowFallbackToPlaintext=true&allowCleartextPasswords=true"} {
		attacked, later := sticky(t, func(dial dialFunc) *sql.DB {
			cfg := parse(t, canaryDSN("tcp("+host+")", params))
			cfg.DialFunc = dial
			c, err := rdsmysql.NewConnector(cfg, trusting())
			if err != nil {
				t.Fatal(err)
			}
			return sql.OpenDB(c)
		})
		if len(attacked) != 1 || len(attacked[0].Raw()) != 0 {
			t.Errorf("%q: the attacker heard %d connections, want one, and nothing on it", params, len(attacked))
		}
		if len(later) != 2 {
			t.Errorf("%q: %d connections to the server, want 2", params, len(later))
		}
		for _, c := range later {
			if _, secure := c.TLS(); !secure || !isTLSRequest(c.Plain()) || c.Login().Password != password {
				t.Errorf("%q: TLS = %t, outside TLS %q, want TLS and a login", params, secure, c.Plain())
			}
		}
	}
}

// TestHazardsStickyOfTheStockDriver is the control.
func TestHazardsStickyOfTheStockDriver(t *testing.T) {
	t.Parallel()
	attacked, later := sticky(t, func(dial dialFunc) *sql.DB {
		cfg := parse(t, canaryDSN("tcp("+host+")", worst))
		cfg.TLS = &tls.Config{RootCAs: authority().Pool(), ServerName: host}
		cfg.DialFunc = dial
		return stockDB(t, cfg)
	})
	if len(attacked) != 1 || !attacked[0].Contains(password) {
		t.Errorf("the attacker of %d connections heard nothing, want the password", len(attacked))
	}
	if len(later) != 2 || !slices.ContainsFunc(later, func(c *fakedb.Conn) bool { return bytes.Contains(c.Plain(), []byte(password)) }) {
		t.Errorf("the server of %d connections heard no password outside TLS", len(later))
	}
}

// TestHazardsDSN is about a DSN made of a configuration: it holds the password,
// and the driver drops TLS from it.
func TestHazardsDSN(t *testing.T) {
	t.Parallel()
	s := listen(t, fakedb.MySQLOptions{Plaintext: true})
	cfg := parse(t, canaryDSN("tcp("+s.Addr()+")", "allowCleartextPasswords=true"))
	opts := trusting()
	opts.ServerName = host
	if err := rdsmysql.Configure(cfg, opts); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("mysql", cfg.FormatDSN())
	if err == nil {
		_ = db.PingContext(t.Context())
		db.Close()
		t.Error("sql.Open(FormatDSN()) = nil, want an error")
	}
	if conns := ended(t, s); len(conns) > 0 {
		t.Errorf("the server heard %q", conns[0].Raw())
	}
}
