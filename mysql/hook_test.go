package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"errors"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// weakenings are what a BeforeConnect hook of the caller's can do to the
// configuration of an attempt, which the driver gives it.
var weakenings = map[string]struct {
	weaken func(*mysql.Config)
	checks bool // VerifyConnection is still called, and refuses before the connector does
}{
	"skip-verify": {func(c *mysql.Config) { c.TLS.InsecureSkipVerify = true }, true},
	"replaced":    {func(c *mysql.Config) { c.TLS = &tls.Config{InsecureSkipVerify: true} }, false},
	"stripped": {func(c *mysql.Config) {
		c.TLS.InsecureSkipVerify, c.TLS.VerifyConnection = true, nil
	}, false},
	"plaintext": {func(c *mysql.Config) { c.TLS, c.TLSConfig = nil, "" }, false},
	"fallback": {func(c *mysql.Config) {
		c.TLS, c.TLSConfig, c.AllowFallbackToPlaintext = nil, "preferred", true
	}, false},
}

// hooked returns a configuration with a hook, for host.
func hooked(t *testing.T, s *fakedb.Server, hook func(*mysql.Config)) *mysql.Config {
	t.Helper()
	cfg := parse(t, canaryDSN("tcp("+orders+")", permissiveParams))
	cfg.DialFunc = dialing(s)
	err := cfg.Apply(mysql.BeforeConnect(func(_ context.Context, c *mysql.Config) error {
		hook(c)
		return nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// TestHookDoesNotWeaken checks that no attacker receives more than a handshake if a
// BeforeConnect hook weakens the configuration.
func TestHookDoesNotWeaken(t *testing.T) {
	t.Parallel()
	for who, attacker := range attackers {
		for how, w := range weakenings {
			t.Run(who+"/"+how, func(t *testing.T) {
				t.Parallel()
				s := listen(t, attacker)
				if err := connect(t.Context(), hooked(t, s, w.weaken), trust()); err == nil {
					t.Error("Connect = nil, want it refused")
				}
				wantOnlyHandshake(t, s)
			})
		}
	}
}

// TestHookErrors checks that even the true server receives nothing if a hook has
// replaced the verification, and that the error names the hook.
func TestHookErrors(t *testing.T) {
	t.Parallel()
	for how, w := range weakenings {
		s := honest(t, orders)
		err := connect(t.Context(), hooked(t, s, w.weaken), trust())
		if !errors.Is(err, rdstls.ErrUnverified) {
			t.Errorf("%s: Connect = %v, want %v", how, err, rdstls.ErrUnverified)
		}
		if !w.checks {
			wantDiagnosis(t, how, err, rdstls.ReasonConfig, "Options.Base")
		}
		wantOnlyHandshake(t, s)
	}
}

// TestStockDriverHooks is the control: the stock driver does what the hook says.
func TestStockDriverHooks(t *testing.T) {
	t.Parallel()
	s := listen(t, attackers["other-host"])
	cfg := hooked(t, s, weakenings["replaced"].weaken)
	cfg.TLS = trustingTLS()
	db := stockDB(t, cfg)
	if err := db.PingContext(t.Context()); err != nil {
		t.Errorf("Ping = %v, want nil", err)
	}
	db.Close()
	for _, c := range s.Ended(t) {
		if !c.Contains(canaryPassword) {
			t.Error("the attacker did not receive the password")
		}
	}
}

func trustingTLS() *tls.Config {
	return &tls.Config{RootCAs: ca.Pool(), ServerName: orders}
}

// TestHookOnRegisteredNetworks checks that a connection on a registered network,
// which the connector cannot inspect, is not used if a hook weakened it. The login
// has been sent by then.
func TestHookOnRegisteredNetworks(t *testing.T) {
	t.Parallel()
	s := listen(t, attackers["other-host"])
	cfg := hooked(t, s, weakenings["replaced"].weaken)
	cfg.DialFunc = nil
	cfg.Net, cfg.Addr = networkTo(s), orders+":3306"
	if err := connect(t.Context(), cfg, trust()); !errors.Is(err, rdstls.ErrUnverified) {
		t.Errorf("Connect = %v, want %v", err, rdstls.ErrUnverified)
	}
}

// TestHookWorks checks that a hook can still do what hooks are for: here, choose
// another user.
func TestHookWorks(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		cfg := realConfig(t, s, orders)
		cfg.User, cfg.Passwd = "nobody", ""
		err := cfg.Apply(mysql.BeforeConnect(func(_ context.Context, c *mysql.Config) error {
			c.User, c.Passwd = dbservers.User, dbservers.Password
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		db := open(t, cfg, trust())
		for range 2 {
			if err := db.PingContext(t.Context()); err != nil {
				t.Errorf("Ping = %v, want nil", err)
			}
		}
	})
}
