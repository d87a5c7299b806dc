package exampledb

import (
	"context"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/fakeiam"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// IAMUser is the user of an [IAMServer] who logs in with tokens.
const IAMUser = "iam_app"

// The credentials that an IAMServer knows.
const (
	accessKeyID     = "ASIAEXAMPLE"
	secretAccessKey = "example/secret+key"
	sessionToken    = "example//session+token=="
)

// AWSConfig returns a configuration with the credentials that an [IAMServer]
// knows, and without a Region.
func AWSConfig() aws.Config {
	return aws.Config{Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: accessKeyID, SecretAccessKey: secretAccessKey, SessionToken: sessionToken}, nil
	})}
}

// An IAMServer is a server that asks a stand-in for RDS IAM about tokens.
type IAMServer struct {
	ConnString string // of IAMUser, without a password
	Verifier   *fakeiam.Verifier
}

// Trust is [Trust] with the port of the endpoint, for which tokens are signed.
func (s *IAMServer) Trust() *rdstls.Options {
	opts := Trust()
	opts.ServerName = s.Verifier.Endpoint
	return opts
}

func newIAMServer(port int) *IAMServer {
	v := &fakeiam.Verifier{Endpoint: fmt.Sprintf("%s:%d", Endpoint, port), Region: "eu-west-1"}
	v.Allow(accessKeyID, fakeiam.Credentials{SecretAccessKey: secretAccessKey, SessionToken: sessionToken})
	return &IAMServer{Verifier: v}
}

// EachPostgresIAM runs test as a subtest for a built-in server, which answers 1 to
// every query, and for every real one that can ask the stand-in. The package's
// TestMain ends with the Run of a Set, which may be empty: it cleans up.
func EachPostgresIAM(t *testing.T, test func(*testing.T, *IAMServer)) {
	t.Helper()
	t.Run("built-in", func(t *testing.T) {
		s := newIAMServer(5432)
		server := fakedb.Started(t)(fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: serving(Authority().Instance(Endpoint)), Login: s.login("28P01")}))
		s.ConnString = postgresIAMURL(server.Addr())
		test(t, s)
	})
	for _, in := range dbservers.WithLDAP(t) {
		t.Run(in.Name(), func(t *testing.T) { test(t, startPostgresIAM(t, in)) })
	}
}

func startPostgresIAM(t *testing.T, in dbservers.Installation) *IAMServer {
	t.Helper()
	s := newIAMServer(5432)
	ldap := fakeiam.ListenLDAP(t, func(user, password string) error { return s.Verifier.Verify(password, user) })
	chain, key := testcerts.PEMFiles(Authority().Instance(Endpoint))
	server := dbservers.Start(t, in, dbservers.Options{
		Chain: chain, Key: key,
		SQL: []string{"CREATE ROLE " + IAMUser + " LOGIN"},
		HBA: []string{ldap.HBA(IAMUser)},
	})
	s.ConnString = postgresIAMURL(server.Addr)
	return s
}

func postgresIAMURL(addr string) string {
	return fmt.Sprintf("postgres://%s@%s/%s?sslmode=require", IAMUser, addr, dbservers.Database)
}

// MySQLIAM starts a built-in server, which answers 1 to every query: no real one
// asks another service about passwords unless root configures PAM.
func MySQLIAM(tb testing.TB) *IAMServer {
	tb.Helper()
	s := newIAMServer(3306)
	server := fakedb.Started(tb)(fakedb.ListenMySQL(fakedb.MySQLOptions{TLS: serving(Authority().Instance(Endpoint)), Login: s.login("28000")}))
	s.ConnString = fmt.Sprintf("%s@tcp(%s)/%s?tls=skip-verify", IAMUser, server.Addr(), dbservers.Database)
	return s
}

// login asks the stand-in for a built-in server.
func (s *IAMServer) login(sqlState string) func(fakedb.Login) *fakedb.LoginError {
	return func(l fakedb.Login) *fakedb.LoginError {
		if err := s.Verifier.Verify(l.Password, l.User); err != nil {
			return &fakedb.LoginError{Number: 1045, SQLState: sqlState, Message: err.Error()}
		}
		return nil
	}
}
