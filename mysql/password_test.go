package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/fakeiam"
	"github.com/rdstls/go/rdstls"
)

// TestPassword connects to a server that asks for the password in cleartext, inside
// TLS, as RDS does for IAM tokens.
func TestPassword(t *testing.T) {
	t.Parallel()
	const params = "?tls=skip-verify&allowFallbackToPlaintext=true"
	for _, tt := range []struct{ name, addr, serverName, want string }{
		{"default-port", "tcp(" + orders + ")", "", orders + ":3306"},
		{"with-a-port", "tcp(" + orders + ":13306)", "", orders + ":13306"},
		{"spelled-otherwise", "tcp(" + strings.ToUpper(orders) + ".:3306)", "", orders + ":3306"},
		{"name", "tcp(localhost:13306)", orders, orders + ":13306"},
		{"name-and-port", "tcp(localhost:13306)", orders + ":3307", orders + ":3307"},
		{"name-in-upper-case", "tcp(localhost)", strings.ToUpper(orders), orders + ":3306"},
		{"default-address", "", orders, orders + ":3306"},
		{"registered-network", "mynet(bastion:1)", orders + ":3306", orders + ":3306"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := honest(t, orders)
			m := fakeiam.Minter{Prefix: canaryPassword}
			cfg := parse(t, canaryUser+":of-the-dsn@"+tt.addr+"/"+canaryDatabase+params)
			cfg.DialFunc = dialing(s)
			before := snapshot(cfg).cfg
			opts := &rdstls.Options{Roots: ca.Pool(), ServerName: tt.serverName, Password: m.Password}
			db := open(t, cfg, opts)
			db.SetMaxIdleConns(-1)
			for range 2 {
				if err := db.PingContext(t.Context()); err != nil {
					t.Errorf("Ping = %v, want nil", err)
				}
			}
			db.Close()
			m.WantAsked(t, tt.want+" "+canaryUser, tt.want+" "+canaryUser)
			for i, c := range s.Ended(t) {
				want := fakedb.Login{User: canaryUser, Database: canaryDatabase, Password: fmt.Sprintf("%s#%d", canaryPassword, i+1)}
				if got := c.Login(); got != want || !c.TLSRequested() || len(c.Cleartext()) > 0 {
					t.Errorf("connection %d: login %+v, outside TLS %q, want %+v", i+1, got, c.Plain(), want)
				}
			}
			if cfg.Passwd != before.Passwd || cfg.AllowCleartextPasswords {
				t.Errorf("the caller's configuration holds the password %q, AllowCleartextPasswords = %t", cfg.Passwd, cfg.AllowCleartextPasswords)
			}
		})
	}
}

// TestPasswordThroughConfigure checks that the configuration never holds a password,
// and still refuses to send one in cleartext without the hook.
func TestPasswordThroughConfigure(t *testing.T) {
	t.Parallel()
	s := honest(t, orders)
	m := fakeiam.Minter{Prefix: canaryPassword}
	cfg := parse(t, canaryUser+"@tcp("+orders+")/"+canaryDatabase)
	cfg.DialFunc = dialing(s)
	opts := trustWith(m.Password)
	configure(t, cfg, opts)
	opts.Password = nil // options are read when they are passed
	db := stockDB(t, cfg)
	if err := db.PingContext(t.Context()); err != nil {
		t.Errorf("Ping = %v, want nil", err)
	}
	db.Close()
	if cfg.Passwd != "" || cfg.AllowCleartextPasswords || strings.Contains(cfg.FormatDSN(), canaryPassword) {
		t.Errorf("the configuration holds %q, AllowCleartextPasswords = %t", cfg.Passwd, cfg.AllowCleartextPasswords)
	}
	if len(m.Asked()) != 1 {
		t.Errorf("Password was called %d times, want once", len(m.Asked()))
	}
}

// TestPasswordKeepsAllowCleartextPasswords checks that Options.Password leaves the
// caller's own setting as it is.
func TestPasswordKeepsAllowCleartextPasswords(t *testing.T) {
	t.Parallel()
	for _, allow := range []bool{false, true} {
		s := honest(t, orders)
		cfg := parse(t, canaryUser+":"+canaryPassword+"@tcp("+orders+")/")
		cfg.DialFunc, cfg.AllowCleartextPasswords = dialing(s), allow
		if err := connect(t.Context(), cfg, trust()); (err == nil) != allow {
			t.Errorf("AllowCleartextPasswords = %t: Connect = %v", allow, err)
		}
		if got := s.Ended(t)[0].Contains(canaryPassword); got != allow {
			t.Errorf("AllowCleartextPasswords = %t: the password was sent: %t", allow, got)
		}
	}
}

// TestPasswordOtherPlugins checks that Options.Password also works with servers that
// do not ask for a cleartext password.
func TestPasswordOtherPlugins(t *testing.T) {
	t.Parallel()
	for _, plugin := range []fakedb.MySQLPlugin{fakedb.NativePassword, fakedb.SHA256Password, fakedb.CachingSHA2Password} {
		s := listen(t, fakedb.MySQLOptions{TLS: serving(ca.Instance(orders)), Plugin: plugin})
		cfg := parse(t, canaryUser+"@tcp("+orders+")/")
		cfg.DialFunc = dialing(s)
		opts := trustWith(fixed)
		if err := connect(t.Context(), cfg, opts); err != nil {
			t.Errorf("%s: Connect = %v, want nil", plugin, err)
		}
		for _, c := range s.Ended(t) {
			if want := (fakedb.Login{User: canaryUser, Password: canaryPassword}); plugin != fakedb.NativePassword && c.Login() != want {
				t.Errorf("%s: login %+v, want %+v", plugin, c.Login(), want)
			}
		}
	}
}

// TestPasswordNotSentToAttackers checks that no attacker receives a token.
func TestPasswordNotSentToAttackers(t *testing.T) {
	t.Parallel()
	for name, attacker := range attackers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, attacker)
			for _, f := range flags {
				cfg := parse(t, canaryDSN("tcp("+orders+")", join("tls=preferred", f)))
				cfg.DialFunc = dialing(s)
				opts := trustWith(fixed)
				if err := connect(t.Context(), cfg, opts); err == nil {
					t.Errorf("%q: Connect = nil, want an error", f)
				}
			}
			wantNothing(t, s)
		})
	}
}

// TestPasswordNotAskedForWeakenedConfigs checks that Options.Password is not called
// if the configuration was weakened after Configure.
func TestPasswordNotAskedForWeakenedConfigs(t *testing.T) {
	t.Parallel()
	for name, weaken := range map[string]func(*mysql.Config){
		"AllowFallbackToPlaintext": func(cfg *mysql.Config) { cfg.AllowFallbackToPlaintext = true },
		"InsecureSkipVerify":       func(cfg *mysql.Config) { cfg.TLS.InsecureSkipVerify = true },
		"RootCAs":                  func(cfg *mysql.Config) { cfg.TLS.RootCAs = nil },
		"MaxVersion":               func(cfg *mysql.Config) { cfg.TLS.MaxVersion = tls.VersionTLS11 },
		"TLS":                      func(cfg *mysql.Config) { cfg.TLS, cfg.TLSConfig = nil, "" },
		"other-TLS":                func(cfg *mysql.Config) { cfg.TLS = &tls.Config{InsecureSkipVerify: true} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := fakeiam.Minter{Prefix: canaryPassword}
			cfg := parse(t, canaryUser+"@tcp("+orders+")/")
			opts := trustWith(m.Password)
			configure(t, cfg, opts)
			weaken(cfg)
			cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) {
				t.Error("the server was dialed")
				return nil, errors.New("no server")
			}
			c := stockConnector(t, cfg)
			_, err := c.Connect(t.Context())
			var refused *rdstls.ConfigError
			if !errors.As(err, &refused) || len(m.Asked()) != 0 {
				t.Errorf("Connect = %v, Password was called %d times, want a ConfigError and none", err, len(m.Asked()))
			}
		})
	}
}

// TestPasswordErrors checks that an error of the function keeps its identity.
func TestPasswordErrors(t *testing.T) {
	t.Parallel()
	m := fakeiam.Minter{Prefix: canaryPassword, Err: fmt.Errorf("mint: %w", context.Canceled)}
	cfg := parse(t, canaryUser+":"+canaryPassword+"@tcp("+orders+")/")
	cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) {
		t.Error("the server was dialed")
		return nil, errors.New("no server")
	}
	err := connect(t.Context(), cfg, &rdstls.Options{Password: m.Password})
	if !errors.Is(err, m.Err) || !errors.Is(err, context.Canceled) {
		t.Errorf("Connect = %v, want one that wraps %v", err, m.Err)
	}
	for _, want := range []string{canaryUser, orders + ":3306"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Connect = %v, want %q in it", err, want)
		}
	}
	if strings.Contains(err.Error(), canaryPassword) {
		t.Errorf("Connect = %v, with a password in it", err)
	}
}

// TestPasswordConcurrent makes many connections at once, each with its own.
func TestPasswordConcurrent(t *testing.T) {
	t.Parallel()
	s := honest(t, orders)
	m := fakeiam.Minter{Prefix: canaryPassword}
	cfg := parse(t, canaryUser+"@tcp("+orders+")/"+canaryDatabase)
	cfg.DialFunc = dialing(s)
	opts := trustWith(m.Password)
	db := open(t, cfg, opts)
	var wg sync.WaitGroup
	const n = 16
	for range n {
		wg.Go(func() {
			conn, err := db.Conn(t.Context())
			if err != nil {
				t.Errorf("Conn = %v, want nil", err)
				return
			}
			defer conn.Close()
			var one int
			if err := conn.QueryRowContext(t.Context(), "SELECT 1").Scan(&one); err != nil || one != 1 {
				t.Errorf("SELECT 1 = %d, %v", one, err)
			}
		})
	}
	wg.Wait()
	db.Close()
	conns := s.Ended(t)
	passwords := map[string]bool{}
	for _, c := range conns {
		passwords[c.Login().Password] = true
	}
	if len(m.Asked()) != len(conns) || len(passwords) != len(conns) {
		t.Errorf("%d connections, Password called %d times, %d passwords; want the same", len(conns), len(m.Asked()), len(passwords))
	}
}
