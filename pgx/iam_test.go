package rdspgx_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakeiam"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

func TestIAM(t *testing.T) {
	t.Parallel()
	eachIAM(t, func(t *testing.T, in dbservers.Installation) {
		s := startIAM(t, in, orders, ca.Instance(orders))
		keys := fakeiam.NewKeys(s.verifier)
		signer := &rdsiam.Signer{Credentials: keys}
		cfg := iamConfig(t, orders, map[string]string{orders: s.Addr}, signer.Token, "password=of-the-string")
		wantConnect(t, cfg)
		if err := poolOf(t, cfg, 1).Ping(bounded(t)); err != nil {
			t.Errorf("Ping of a pool = %v, want nil", err)
		}
		db := stdlib.OpenDB(*cfg)
		defer db.Close()
		var user string
		if err := db.QueryRowContext(bounded(t), "select current_user").Scan(&user); err != nil || user != iamUser {
			t.Errorf("current_user = %q, %v, want %q", user, err, iamUser)
		}
		if got := s.verifier.Accepted(); len(got) != 3 || len(got[0]) < 2500 {
			t.Errorf("%d tokens were accepted, want 3 of more than 2500 bytes", len(got))
		}
	})
}

// TestIAMRefused checks that a token for another login is refused. Tokens are for
// the endpoint, never for the alias or the port of a tunnel.
func TestIAMRefused(t *testing.T) {
	t.Parallel()
	const alias = "db.internal.example"
	eachIAM(t, func(t *testing.T, in dbservers.Installation) {
		s := startIAM(t, in, orders, ca.Leaf(nil, orders, alias))
		keys := fakeiam.NewKeys(s.verifier)
		signer := &rdsiam.Signer{Credentials: keys}
		other := func(ctx context.Context, endpoint, _ string) (string, error) {
			return signer.Token(ctx, endpoint, "other")
		}
		fixed := func(region string) rdstls.PasswordFunc {
			return (&rdsiam.Signer{Credentials: keys, Region: region}).Token
		}
		for name, tt := range map[string]struct {
			host, serverName string
			password         rdstls.PasswordFunc
			after            time.Duration
			refused          error
		}{
			"fresh":           {orders, "", signer.Token, 0, nil},
			"expired":         {orders, "", signer.Token, 16 * time.Minute, fakeiam.ErrTime},
			"other-user":      {orders, "", other, 0, fakeiam.ErrUser},
			"other-region":    {orders, "", fixed("eu-west-2"), 0, fakeiam.ErrRegion},
			"other-port":      {orders + " port=15432", "", signer.Token, 0, fakeiam.ErrEndpoint},
			"tunnel-port":     {orders + " port=15432", orders, signer.Token, 0, fakeiam.ErrEndpoint},
			"tunnel-endpoint": {orders + " port=15432", orders + ":5432", signer.Token, 0, nil},
			"alias":           {alias, "", fixed("eu-west-1"), 0, fakeiam.ErrEndpoint},
			"alias-endpoint":  {alias, orders, signer.Token, 0, nil},
		} {
			s.verifier.Now = func() time.Time { return time.Now().Add(tt.after) }
			cfg := parse(t, "host="+tt.host+" user="+iamUser+" dbname="+dbservers.Database)
			route(cfg, map[string]string{orders: s.Addr, alias: s.Addr})
			opts := trust()
			opts.ServerName, opts.Password = tt.serverName, tt.password
			if err := rdspgx.Configure(cfg, opts); err != nil {
				t.Fatalf("%s: Configure = %v, want nil", name, err)
			}
			err := connect(bounded(t), cfg)
			if tt.refused == nil {
				if err != nil {
					t.Errorf("%s: connect = %v, want nil; the stand-in says: %v", name, err, s.lastRefusal())
				}
				continue
			}
			var refused *pgconn.PgError
			if !errors.As(err, &refused) || !strings.HasPrefix(refused.Code, "28") || !errors.Is(s.lastRefusal(), tt.refused) {
				t.Errorf("%s: connect = %v, want a login refused for %v; the stand-in says: %v", name, err, tt.refused, s.lastRefusal())
			}
		}
		// The Signer itself does not take an alias for an endpoint. That error is not to be
		// mistaken for one about the connection string.
		cfg := iamConfig(t, alias, map[string]string{alias: s.Addr}, signer.Token)
		err := connect(bounded(t), cfg)
		if err == nil || !strings.Contains(err.Error(), rdstls.ErrNotEndpoint.Error()) || errors.Is(err, rdstls.ErrNotEndpoint) {
			t.Errorf("connect to an alias = %v, want an error that says %q and does not match it", err, rdstls.ErrNotEndpoint)
		}
	})
}

// TestIAMHosts puts an attacker before the server: no token is minted for it.
func TestIAMHosts(t *testing.T) {
	t.Parallel()
	eachIAM(t, func(t *testing.T, in dbservers.Installation) {
		s := startIAM(t, in, billing, ca.Instance(billing))
		keys := fakeiam.NewKeys(s.verifier)
		for _, a := range attackers() {
			evil := a.listen(t)
			asker := asker{password: (&rdsiam.Signer{Credentials: keys}).Token}
			cfg := iamConfig(t, orders+","+billing, map[string]string{orders: evil.Addr(), billing: s.Addr}, asker.ask)
			if err := connect(bounded(t), cfg); err != nil {
				t.Errorf("%s: connect = %v, want nil", a.name, err)
			}
			asker.wantAsked(t, billing+":5432")
			wantNothing(t, evil)
		}
		if got, want := len(s.verifier.Accepted()), len(attackers()); got != want {
			t.Errorf("%d tokens were accepted, want %d", got, want)
		}
	})
}

// TestIAMTargetSessionAttrs logs in to servers only to leave them again: each
// gets a token of its own, which the other would refuse.
func TestIAMTargetSessionAttrs(t *testing.T) {
	t.Parallel()
	eachIAM(t, func(t *testing.T, in dbservers.Installation) {
		reader := startIAM(t, in, orders, ca.Instance(orders), "default_transaction_read_only = on")
		writer := startIAM(t, in, billing, ca.Instance(billing))
		keys := fakeiam.NewKeys(reader.verifier, writer.verifier)
		addrs := map[string]string{orders: reader.Addr, billing: writer.Addr}
		const first, second = orders + ":5432", billing + ":5432"
		for attrs, want := range map[string][]string{
			"any":            {first},
			"read-write":     {first, second},
			"read-only":      {first},
			"primary":        {first},
			"prefer-standby": {first, second, second}, // nobody is one, and the last was not bad
		} {
			asker := asker{password: (&rdsiam.Signer{Credentials: keys}).Token}
			cfg := iamConfig(t, orders+","+billing, addrs, asker.ask, "target_session_attrs="+attrs)
			if err := connect(bounded(t), cfg); err != nil {
				t.Errorf("target_session_attrs=%s: connect = %v, want nil", attrs, err)
			}
			asker.wantAsked(t, want...)
		}
		if err := errors.Join(reader.lastRefusal(), writer.lastRefusal()); err != nil {
			t.Error(err)
		}
	})
}

// TestIAMDirect checks tokens with real servers that have no LDAP: each token is
// verified here, and then made the password of the user, which the server compares.
func TestIAMDirect(t *testing.T) {
	t.Parallel()
	for _, shared := range servers.Servers(t) {
		if !shared.DirectTLS() {
			continue
		}
		opts := realOptions(ca.Instance(orders))
		opts.SQL = append(opts.SQL, "CREATE ROLE "+iamUser+" LOGIN")
		opts.HBA = []string{"hostssl all " + iamUser + " 127.0.0.1/32 password"}
		s := dbservers.Start(t, shared.Installation, opts)
		admin, err := pgx.ConnectConfig(bounded(t), realConfig(t, s, asURL.dsn([]string{orders}), trust()))
		if err != nil {
			t.Fatal(err)
		}
		defer admin.Close(t.Context())
		verifier := &fakeiam.Verifier{Endpoint: orders + ":5432", Region: "eu-west-1"}
		signer := &rdsiam.Signer{Credentials: fakeiam.NewKeys(verifier)}
		cfg := iamConfig(t, orders, map[string]string{orders: s.Addr}, func(ctx context.Context, endpoint, user string) (string, error) {
			token, err := signer.Token(ctx, endpoint, user)
			if err == nil {
				err = verifier.Verify(token, user)
			}
			if err == nil {
				_, err = admin.Exec(ctx, "alter role "+iamUser+" password '"+token+"'")
			}
			return token, err
		}, "sslnegotiation=direct")
		db := stdlib.OpenDB(*cfg)
		defer db.Close()
		db.SetMaxIdleConns(-1)
		for range 3 {
			if err := db.PingContext(bounded(t)); err != nil {
				t.Errorf("Ping = %v, want nil", err)
			}
		}
		if got := len(verifier.Accepted()); got != 3 {
			t.Errorf("%d tokens, want 3", got)
		}
	}
}

// TestIAMSettings checks that no token is sent where the settings forbid a cleartext
// password.
func TestIAMSettings(t *testing.T) {
	t.Setenv("PGCHANNELBINDING", "")
	t.Setenv("PGREQUIREAUTH", "")
	eachIAM(t, func(t *testing.T, in dbservers.Installation) {
		s := startIAM(t, in, orders, ca.Instance(orders))
		keys := fakeiam.NewKeys(s.verifier)
		scram := func(context.Context, string, string) (string, error) { return canaryPassword, nil }
		for _, tt := range []struct{ key, value, variable, want string }{
			{"channel_binding", "require", "PGCHANNELBINDING", "channel binding"},
			{"require_auth", "scram-sha-256", "PGREQUIREAUTH", "require_auth"},
			{"require_auth", "!password", "PGREQUIREAUTH", "require_auth"},
		} {
			for _, param := range []string{tt.key + "=" + tt.value, ""} {
				if param == "" {
					t.Setenv(tt.variable, tt.value)
				}
				cfg := iamConfig(t, orders, map[string]string{orders: s.Addr}, (&rdsiam.Signer{Credentials: keys}).Token, param)
				if err := connect(bounded(t), cfg); err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%s=%s: connect = %v, want an error about %s", tt.key, tt.value, err, tt.want)
				}
				// The same settings, for a user with a password that SCRAM proves.
				if err := connect(bounded(t), withUser(iamConfig(t, orders, map[string]string{orders: s.Addr}, scram, param))); err != nil {
					t.Errorf("%s=%s: connect with SCRAM = %v, want nil", tt.key, tt.value, err)
				}
				t.Setenv(tt.variable, "")
			}
		}
		if got := append(s.verifier.Accepted(), fmt.Sprint(s.lastRefusal())); !slices.Equal(got, []string{"<nil>"}) {
			t.Errorf("the stand-in was asked: %.200q", got)
		}
		// The control: without these settings, the token is sent.
		if err := connect(bounded(t), iamConfig(t, orders, map[string]string{orders: s.Addr}, (&rdsiam.Signer{Credentials: keys}).Token)); err != nil {
			t.Errorf("connect = %v, want nil", err)
		}
	})
}
