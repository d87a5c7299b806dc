package rdspgx_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/fakeiam"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

// iamUser is a user that has no password but IAM's.
const iamUser = "iam_app"

// What no error may hold.
const (
	iamSecretKey    = "marzipan/OBELISK+secret/key"
	iamSessionToken = "cinnamon//ZEPPELIN+session/token=="
)

// iamKeys is a provider that does not cache: each call returns other temporary
// credentials, which the verifiers learn. Tokens are signed to the second and
// hold no random number, so two of the same second differ only if their
// credentials do.
type iamKeys struct {
	verifiers []*fakeiam.Verifier

	mu    sync.Mutex
	asked int
}

func (k *iamKeys) Retrieve(context.Context) (aws.Credentials, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked++
	session := fmt.Sprintf("%s%d%s", iamSessionToken, k.asked, strings.Repeat("/+=", 700))
	for _, v := range k.verifiers {
		v.Allow(k.id(k.asked), fakeiam.Credentials{SecretAccessKey: iamSecretKey, SessionToken: session})
	}
	return aws.Credentials{AccessKeyID: k.id(k.asked), SecretAccessKey: iamSecretKey, SessionToken: session}, nil
}

func (k *iamKeys) id(n int) string { return fmt.Sprintf("ASIAEXAMPLE%d", n) }

// revoke makes the credentials of all calls so far worthless.
func (k *iamKeys) revoke() {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, v := range k.verifiers {
		for n := range k.asked {
			v.Revoke(k.id(n + 1))
		}
	}
}

// An iamServer is a real server that leaves logins as iamUser to a stand-in for
// RDS IAM.
type iamServer struct {
	*dbservers.Server
	verifier *fakeiam.Verifier

	mu      sync.Mutex
	refused []error
}

func (s *iamServer) check(user, password string) error {
	err := s.verifier.Verify(password, user)
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.refused = append(s.refused, err)
	}
	return err
}

// lastRefusal returns why the stand-in refused the last login that it refused.
func (s *iamServer) lastRefusal() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.refused) == 0 {
		return nil
	}
	return s.refused[len(s.refused)-1]
}

// startIAM starts a server with the certificate cert, that is the endpoint host.
func startIAM(t *testing.T, in dbservers.Installation, host string, cert tls.Certificate, settings ...string) *iamServer {
	t.Helper()
	s := &iamServer{verifier: &fakeiam.Verifier{Endpoint: host + ":5432", Region: "eu-west-1"}}
	ldap, err := fakeiam.ListenLDAP(s.check)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ldap.Close(); err != nil {
			t.Error(err)
		}
	})
	opts := realOptions(cert)
	opts.SQL = append(opts.SQL, "CREATE ROLE "+iamUser+" LOGIN")
	opts.HBA, opts.Settings = []string{ldap.HBA(iamUser)}, settings
	s.Server = dbservers.Start(t, in, opts)
	return s
}

// eachIAM runs test for every installation that can ask the stand-in.
func eachIAM(t *testing.T, test func(*testing.T, dbservers.Installation)) {
	t.Helper()
	capable := 0
	for _, s := range servers.Servers(t) {
		program, err := os.ReadFile(filepath.Join(s.Root, "bin", "postgres"))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(program, []byte("libldap")) {
			capable++
			t.Run(s.Name(), func(t *testing.T) { test(t, s.Installation) })
		}
	}
	if capable == 0 && slices.Contains(strings.Split(os.Getenv("RDSTLS_REQUIRE_SERVERS"), ","), string(dbservers.Postgres)) {
		t.Error("no PostgreSQL here was built with LDAP, which these tests need: Debian's is")
	}
}

// An asker is a PasswordFunc that notes for what it was asked.
type asker struct {
	password rdstls.PasswordFunc

	mu    sync.Mutex
	asked []string // endpoints
}

func (a *asker) ask(ctx context.Context, endpoint, user string) (string, error) {
	a.mu.Lock()
	a.asked = append(a.asked, endpoint)
	a.mu.Unlock()
	return a.password(ctx, endpoint, user)
}

func (a *asker) wantAsked(t *testing.T, want ...string) {
	t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	if !slices.Equal(a.asked, want) {
		t.Errorf("asked for passwords of %q, want %q", a.asked, want)
	}
}

// iamConfig returns a configuration for iamUser at hosts, which lead to addrs.
func iamConfig(t *testing.T, hosts string, addrs map[string]string, password rdstls.PasswordFunc, params ...string) *pgx.ConnConfig {
	t.Helper()
	cfg := parse(t, strings.Join(append(params, "host="+hosts, "user="+iamUser, "dbname="+dbservers.Database), " "))
	route(cfg, addrs)
	opts := trust()
	opts.Password = password
	if err := rdspgx.Configure(cfg, opts); err != nil {
		t.Fatalf("Configure = %v, want nil", err)
	}
	return cfg
}

// poolOf returns a pool of connections by cfg.
func poolOf(t *testing.T, cfg *pgx.ConnConfig, maxConns int32) *pgxpool.Pool {
	t.Helper()
	poolConfig, err := pgxpool.ParseConfig("")
	if err != nil {
		t.Fatal(err)
	}
	poolConfig.ConnConfig, poolConfig.MaxConns = cfg, maxConns
	pool, err := pgxpool.NewWithConfig(t.Context(), poolConfig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	return pool
}

func TestIAM(t *testing.T) {
	t.Parallel()
	eachIAM(t, func(t *testing.T, in dbservers.Installation) {
		s := startIAM(t, in, orders, ca.Instance(orders))
		keys := &iamKeys{verifiers: []*fakeiam.Verifier{s.verifier}}
		signer := &rdsiam.Signer{Credentials: keys}
		cfg := iamConfig(t, orders, map[string]string{orders: s.Addr}, signer.Token, "password=of-the-string")
		if err := connect(bounded(t), cfg); err != nil {
			t.Errorf("connect = %v, want nil", err)
		}
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

// TestIAMRefused is about tokens that are not for this login. The endpoint is the
// name, never the alias or the port of a tunnel.
func TestIAMRefused(t *testing.T) {
	t.Parallel()
	const alias = "db.internal.example"
	eachIAM(t, func(t *testing.T, in dbservers.Installation) {
		s := startIAM(t, in, orders, ca.Leaf(nil, orders, alias))
		keys := &iamKeys{verifiers: []*fakeiam.Verifier{s.verifier}}
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
		keys := &iamKeys{verifiers: []*fakeiam.Verifier{s.verifier}}
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
		keys := &iamKeys{verifiers: []*fakeiam.Verifier{reader.verifier, writer.verifier}}
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

// TestIAMDirect is about servers without LDAP: each token is verified here, and
// then made the password of the user, which the server compares.
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
		signer := &rdsiam.Signer{Credentials: &iamKeys{verifiers: []*fakeiam.Verifier{verifier}}}
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

// TestIAMSettings is about settings that forbid a password in clear. A token is
// one, so it is not sent.
func TestIAMSettings(t *testing.T) {
	t.Setenv("PGCHANNELBINDING", "")
	t.Setenv("PGREQUIREAUTH", "")
	eachIAM(t, func(t *testing.T, in dbservers.Installation) {
		s := startIAM(t, in, orders, ca.Instance(orders))
		keys := &iamKeys{verifiers: []*fakeiam.Verifier{s.verifier}}
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

// withUser changes the user to the one that has a password.
func withUser(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	cfg.User = canaryUser
	return cfg
}

// iamFake starts a server in this process that asks verifier about logins.
func iamFake(t *testing.T, verifier *fakeiam.Verifier) *fakedb.Server {
	t.Helper()
	return listen(t, fakedb.PostgresOptions{
		TLS: serving(ca.Instance(orders)),
		Login: func(l fakedb.Login) *fakedb.LoginError {
			if err := verifier.Verify(l.Password, l.User); err != nil {
				return &fakedb.LoginError{SQLState: "28000", Message: "PAM authentication failed for user \"" + l.User + "\""}
			}
			return nil
		},
	})
}
