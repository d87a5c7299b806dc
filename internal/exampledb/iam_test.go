package exampledb

import (
	"context"
	"testing"

	"github.com/rdstls/go/internal/fakeiam"
	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

// checkIAM logs in with a token that s must accept, and one that it must not.
func checkIAM(t *testing.T, s *IAMServer, ping func(context.Context, string, *rdstls.Options) error) {
	t.Helper()
	opts := s.Trust()
	opts.Password = (&rdsiam.Signer{Credentials: AWSConfig().Credentials}).Token
	if err := ping(t.Context(), s.ConnString, opts); err != nil {
		t.Errorf("login with a token = %v, want nil", err)
	}
	s.Verifier.Allow(accessKeyID, fakeiam.Credentials{SecretAccessKey: "another"})
	if err := ping(t.Context(), s.ConnString, opts); err == nil {
		t.Error("login with a token of other credentials succeeded")
	}
	if n := len(s.Verifier.Accepted()); n != 1 {
		t.Errorf("%d tokens were accepted, want 1", n)
	}
}

func TestEachPostgresIAM(t *testing.T) {
	t.Parallel()
	EachPostgresIAM(t, func(t *testing.T, s *IAMServer) {
		checkIAM(t, s, func(ctx context.Context, connString string, opts *rdstls.Options) error {
			conn, err := rdspgx.Connect(ctx, connString, opts)
			if err != nil {
				return err
			}
			return conn.Close(ctx)
		})
	})
}

func TestMySQLIAM(t *testing.T) {
	t.Parallel()
	checkIAM(t, MySQLIAM(t), func(ctx context.Context, dsn string, opts *rdstls.Options) error {
		db, err := rdsmysql.OpenDB(dsn, opts)
		if err != nil {
			return err
		}
		defer db.Close()
		return db.PingContext(ctx)
	})
}
