package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"testing"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// weakenings are what a BeforeConnect hook of the caller's can do to the
// configuration of an attempt, which the driver gives it.
var weakenings = map[string]func(*mysql.Config){
	"skip-verify": func(c *mysql.Config) { c.TLS.InsecureSkipVerify = true },
	"replaced":    func(c *mysql.Config) { c.TLS = &tls.Config{InsecureSkipVerify: true} },
	"stripped": func(c *mysql.Config) {
		c.TLS.InsecureSkipVerify, c.TLS.VerifyConnection = true, nil
	},
	"plaintext": func(c *mysql.Config) { c.TLS, c.TLSConfig = nil, "" },
	"fallback": func(c *mysql.Config) {
		c.TLS, c.TLSConfig, c.AllowFallbackToPlaintext = nil, "preferred", true
	},
}

// hooked returns a configuration with a hook, for host.
func hooked(t *testing.T, s *fakedb.Server, hook func(*mysql.Config)) *mysql.Config {
	t.Helper()
	cfg := parse(t, canaryDSN("tcp("+host+")", worst))
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

func TestHooksDoNotWeaken(t *testing.T) {
	t.Parallel()
	for who, attacker := range attackers {
		for how, hook := range weakenings {
			t.Run(who+"/"+how, func(t *testing.T) {
				t.Parallel()
				s := listen(t, attacker)
				if err := connect(t.Context(), hooked(t, s, hook), trusting()); err == nil {
					t.Error("Connect = nil, want it refused")
				}
				wantUnheard(t, s)
			})
		}
	}
}

// wantUnheard fails the test unless s was connected to and heard nothing but a
// handshake, which it may have finished.
func wantUnheard(t *testing.T, s *fakedb.Server) {
	t.Helper()
	conns := ended(t, s)
	if len(conns) == 0 {
		t.Error("nobody connected")
	}
	for _, c := range conns {
		for _, secret := range []string{user, password, database} {
			if c.Contains(secret) {
				t.Errorf("the attacker heard %q", secret)
			}
		}
		if got := c.Secure(); len(got) > 0 {
			t.Errorf("the attacker heard %d bytes inside TLS: %.100q", len(got), got)
		}
	}
}

// Not even the true server hears anything without having been verified, and the
// error says whose fault that is.
func TestHooksAreNamed(t *testing.T) {
	t.Parallel()
	for how, hook := range weakenings {
		s := honest(t)
		err := connect(t.Context(), hooked(t, s, hook), trusting())
		if how == "skip-verify" { // VerifyConnection alone refuses
			if !errors.Is(err, rdstls.ErrUnverified) {
				t.Errorf("%s: Connect = %v, want %v", how, err, rdstls.ErrUnverified)
			}
			continue
		}
		wantDiagnosis(t, how, err, rdstls.ReasonConfig, "Options.Base")
		if !errors.Is(err, rdstls.ErrUnverified) {
			t.Errorf("%s: Connect = %v, want %v", how, err, rdstls.ErrUnverified)
		}
		wantUnheard(t, s)
	}
}

// The control: the driver alone does what the hooks say.
func TestHooksOfTheStockDriver(t *testing.T) {
	t.Parallel()
	s := listen(t, attackers["other instance"])
	cfg := hooked(t, s, weakenings["replaced"])
	cfg.TLS = trustingTLS()
	c, err := mysql.NewConnector(cfg)
	if err != nil {
		t.Fatal(err)
	}
	db := sql.OpenDB(c)
	defer db.Close()
	if err := db.PingContext(t.Context()); err != nil {
		t.Errorf("Ping = %v, want nil", err)
	}
	db.Close()
	for _, c := range ended(t, s) {
		if !c.Contains(password) {
			t.Error("the attacker did not hear the password")
		}
	}
}

func trustingTLS() *tls.Config {
	return &tls.Config{RootCAs: authority().Pool(), ServerName: host}
}

// A network of the caller's is not seen. The login is lost then, but the
// connection is not used.
func TestHooksOnRegisteredNetworks(t *testing.T) {
	t.Parallel()
	s := listen(t, attackers["other instance"])
	cfg := hooked(t, s, weakenings["replaced"])
	cfg.DialFunc = nil
	cfg.Net, cfg.Addr = networkTo(s), host+":3306"
	if err := connect(t.Context(), cfg, trusting()); !errors.Is(err, rdstls.ErrUnverified) {
		t.Errorf("Connect = %v, want %v", err, rdstls.ErrUnverified)
	}
}

// What hooks are for goes on working: here, another user.
func TestHooksWork(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		cfg := toServer(t, s, host)
		cfg.User, cfg.Passwd = "nobody", ""
		err := cfg.Apply(mysql.BeforeConnect(func(_ context.Context, c *mysql.Config) error {
			c.User, c.Passwd = dbservers.User, dbservers.Password
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		db := open(t, cfg, trusting())
		for range 2 {
			if err := db.PingContext(t.Context()); err != nil {
				t.Errorf("Ping = %v, want nil", err)
			}
		}
	})
}
