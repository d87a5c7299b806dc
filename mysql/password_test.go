package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// A minter is a source of passwords that notes what they were asked for.
type minter struct {
	mu    sync.Mutex
	calls []string // "endpoint user"
	err   error
}

// password returns a new password every time, as tokens are.
func (m *minter) password(_ context.Context, endpoint, user string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls = append(m.calls, endpoint+" "+user)
	return fmt.Sprintf("%s#%d", password, len(m.calls)), m.err
}

func (m *minter) called() []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.calls)
}

// TestPassword connects to a server that asks for the password in clear, inside
// TLS, as RDS does for IAM tokens.
func TestPassword(t *testing.T) {
	t.Parallel()
	const params = "?tls=skip-verify&allowFallbackToPlaintext=true"
	for _, tt := range []struct{ addr, serverName, want string }{
		{"tcp(" + host + ")", "", host + ":3306"},
		{"tcp(" + host + ":13306)", "", host + ":13306"},
		{"tcp(" + strings.ToUpper(host) + ".:3306)", "", host + ":3306"},
		{"tcp(localhost:13306)", host, host + ":13306"},
		{"tcp(localhost:13306)", host + ":3307", host + ":3307"},
		{"tcp(localhost)", strings.ToUpper(host), host + ":3306"},
		{"", host, host + ":3306"},
		{"mynet(bastion:1)", host + ":3306", host + ":3306"},
	} {
		t.Run(tt.addr+" "+tt.serverName, func(t *testing.T) {
			t.Parallel()
			s := honest(t)
			var m minter
			cfg := parse(t, user+":of-the-dsn@"+tt.addr+"/"+database+params)
			cfg.DialFunc = dialing(s)
			before := snapshot(cfg).cfg
			opts := &rdstls.Options{Roots: authority().Pool(), ServerName: tt.serverName, Password: m.password}
			c, err := rdsmysql.NewConnector(cfg, opts)
			if err != nil {
				t.Fatal(err)
			}
			db := sql.OpenDB(c)
			db.SetMaxIdleConns(-1)
			for range 2 {
				if err := db.PingContext(t.Context()); err != nil {
					t.Errorf("Ping = %v, want nil", err)
				}
			}
			db.Close()
			if want := []string{tt.want + " " + user, tt.want + " " + user}; !slices.Equal(m.called(), want) {
				t.Errorf("Password was called with %q, want %q", m.called(), want)
			}
			for i, c := range ended(t, s) {
				want := fakedb.Login{User: user, Database: database, Password: fmt.Sprintf("%s#%d", password, i+1)}
				if got := c.Login(); got != want || !isTLSRequest(c.Plain()) {
					t.Errorf("connection %d: login %+v, outside TLS %q, want %+v", i+1, got, c.Plain(), want)
				}
			}
			if cfg.Passwd != before.Passwd || cfg.AllowCleartextPasswords {
				t.Errorf("the caller's configuration holds the password %q, AllowCleartextPasswords = %t", cfg.Passwd, cfg.AllowCleartextPasswords)
			}
		})
	}
}

// TestPasswordThroughConfigure is about the configuration itself: it never holds
// a password, and goes on refusing to send one in clear without the hook.
func TestPasswordThroughConfigure(t *testing.T) {
	t.Parallel()
	s := honest(t)
	var m minter
	cfg := parse(t, user+"@tcp("+host+")/"+database)
	cfg.DialFunc = dialing(s)
	opts := trusting()
	opts.Password = m.password
	if err := rdsmysql.Configure(cfg, opts); err != nil {
		t.Fatal(err)
	}
	opts.Password = nil // options are read when they are passed
	db := stockDB(t, cfg)
	if err := db.PingContext(t.Context()); err != nil {
		t.Errorf("Ping = %v, want nil", err)
	}
	db.Close()
	if cfg.Passwd != "" || cfg.AllowCleartextPasswords || strings.Contains(cfg.FormatDSN(), password) {
		t.Errorf("the configuration holds %q, AllowCleartextPasswords = %t", cfg.Passwd, cfg.AllowCleartextPasswords)
	}
	if len(m.called()) != 1 {
		t.Errorf("Password was called %d times, want once", len(m.called()))
	}
}

// TestPasswordKeepsAllowCleartextPasswords is about the caller's own setting, which
// has nothing to do with Options.Password.
func TestPasswordKeepsAllowCleartextPasswords(t *testing.T) {
	t.Parallel()
	for _, allow := range []bool{false, true} {
		s := honest(t)
		cfg := parse(t, user+":"+password+"@tcp("+host+")/")
		cfg.DialFunc, cfg.AllowCleartextPasswords = dialing(s), allow
		if err := connect(t.Context(), cfg, trusting()); (err == nil) != allow {
			t.Errorf("AllowCleartextPasswords = %t: Connect = %v", allow, err)
		}
		if got := ended(t, s)[0].Contains(password); got != allow {
			t.Errorf("AllowCleartextPasswords = %t: the password was sent: %t", allow, got)
		}
	}
}

// TestPasswordOtherPlugins is about servers that do not ask for it in clear.
func TestPasswordOtherPlugins(t *testing.T) {
	t.Parallel()
	for _, plugin := range []fakedb.MySQLPlugin{fakedb.NativePassword, fakedb.SHA256Password, fakedb.CachingSHA2Password} {
		s := listen(t, fakedb.MySQLOptions{TLS: serving(authority().Instance(host)), Plugin: plugin})
		cfg := parse(t, user+"@tcp("+host+")/")
		cfg.DialFunc = dialing(s)
		opts := trusting()
		opts.Password = fixed
		if err := connect(t.Context(), cfg, opts); err != nil {
			t.Errorf("%s: Connect = %v, want nil", plugin, err)
		}
		for _, c := range ended(t, s) {
			if want := (fakedb.Login{User: user, Password: password}); plugin != fakedb.NativePassword && c.Login() != want {
				t.Errorf("%s: login %+v, want %+v", plugin, c.Login(), want)
			}
		}
	}
}

// TestPasswordIsNotSentToAttackers is about tokens, which are worth most.
func TestPasswordIsNotSentToAttackers(t *testing.T) {
	t.Parallel()
	for name, attacker := range attackers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, attacker)
			for _, f := range flags {
				cfg := parse(t, canaryDSN("tcp("+host+")", join("tls=preferred", f)))
				cfg.DialFunc = dialing(s)
				opts := trusting()
				opts.Password = fixed
				if err := connect(t.Context(), cfg, opts); err == nil {
					t.Errorf("%q: Connect = nil, want an error", f)
				}
			}
			heardNothing(t, s)
		})
	}
}

// TestPasswordIsNotAskedForWeakenedConfigs is about what was done to the
// configuration since Configure.
func TestPasswordIsNotAskedForWeakenedConfigs(t *testing.T) {
	t.Parallel()
	for name, weaken := range map[string]func(*mysql.Config){
		"AllowFallbackToPlaintext": func(cfg *mysql.Config) { cfg.AllowFallbackToPlaintext = true },
		"InsecureSkipVerify":       func(cfg *mysql.Config) { cfg.TLS.InsecureSkipVerify = true },
		"RootCAs":                  func(cfg *mysql.Config) { cfg.TLS.RootCAs = nil },
		"MaxVersion":               func(cfg *mysql.Config) { cfg.TLS.MaxVersion = tls.VersionTLS11 },
		"TLS":                      func(cfg *mysql.Config) { cfg.TLS, cfg.TLSConfig = nil, "" },
		"other TLS":                func(cfg *mysql.Config) { cfg.TLS = &tls.Config{InsecureSkipVerify: true} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var m minter
			cfg := parse(t, user+"@tcp("+host+")/")
			opts := trusting()
			opts.Password = m.password
			if err := rdsmysql.Configure(cfg, opts); err != nil {
				t.Fatal(err)
			}
			weaken(cfg)
			cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) {
				t.Error("the server was dialed")
				return nil, errors.New("no server")
			}
			c, err := mysql.NewConnector(cfg)
			if err != nil {
				t.Fatal(err)
			}
			_, err = c.Connect(t.Context())
			var refused *rdstls.ConfigError
			if !errors.As(err, &refused) || len(m.called()) != 0 {
				t.Errorf("Connect = %v, Password was called %d times, want a ConfigError and none", err, len(m.called()))
			}
		})
	}
}

// TestPasswordErrors is about errors of the function: they keep their identity.
func TestPasswordErrors(t *testing.T) {
	t.Parallel()
	m := minter{err: fmt.Errorf("mint: %w", context.Canceled)}
	cfg := parse(t, user+":"+password+"@tcp("+host+")/")
	cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) {
		t.Error("the server was dialed")
		return nil, errors.New("no server")
	}
	err := connect(t.Context(), cfg, &rdstls.Options{Password: m.password})
	if !errors.Is(err, m.err) || !errors.Is(err, context.Canceled) {
		t.Errorf("Connect = %v, want one that wraps %v", err, m.err)
	}
	for _, want := range []string{user, host + ":3306"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Connect = %v, want %q in it", err, want)
		}
	}
	if strings.Contains(err.Error(), password) {
		t.Errorf("Connect = %v, with a password in it", err)
	}
}

// TestPasswordConcurrent makes many connections at once, each with its own.
func TestPasswordConcurrent(t *testing.T) {
	t.Parallel()
	s := honest(t)
	var m minter
	cfg := parse(t, user+"@tcp("+host+")/"+database)
	cfg.DialFunc = dialing(s)
	opts := trusting()
	opts.Password = m.password
	c, err := rdsmysql.NewConnector(cfg, opts)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
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
	conns := ended(t, s)
	passwords := map[string]bool{}
	for _, c := range conns {
		passwords[c.Login().Password] = true
	}
	if len(m.called()) != len(conns) || len(passwords) != len(conns) {
		t.Errorf("%d connections, Password called %d times, %d passwords; want the same", len(conns), len(m.called()), len(passwords))
	}
}
