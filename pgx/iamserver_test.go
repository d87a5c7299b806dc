package rdspgx_test

import (
	"context"
	"crypto/tls"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/fakeiam"
	"github.com/rdstls/go/rdstls"
)

// iamUser is a user that has no password but IAM's.
const iamUser = "iam_app"

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
	ldap := fakeiam.ListenLDAP(t, s.check)
	opts := realOptions(cert)
	opts.SQL = append(opts.SQL, "CREATE ROLE "+iamUser+" LOGIN")
	opts.HBA, opts.Settings = []string{ldap.HBA(iamUser)}, settings
	s.Server = dbservers.Start(t, in, opts)
	return s
}

// eachIAM runs test for every installation that can ask the stand-in.
func eachIAM(t *testing.T, tt func(*testing.T, dbservers.Installation)) {
	t.Helper()
	for _, in := range dbservers.WithLDAP(t) {
		t.Run(in.Name(), func(t *testing.T) { tt(t, in) })
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
	configure(t, cfg, trustWith(password))
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
