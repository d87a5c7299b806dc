package rdsmysql_test

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/fakeiam"
	"github.com/rdstls/go/rdsiam"
)

// TestIAMCredentialsRotate replaces the credentials behind a pool that lives.
func TestIAMCredentialsRotate(t *testing.T) {
	t.Parallel()
	keys := fakeiam.NewKeys(iamVerifier())
	cache := aws.NewCredentialsCache(keys)
	s := iamServer(t, keys.Verifiers[0])
	db := open(t, iamConfig(t, s), trustWith((&rdsiam.Signer{Credentials: cache}).Token))
	old, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	keys.Verifiers[0].Revoke(keys.ID(1))
	// The control: what is revoked is of no use any more.
	if err := db.PingContext(t.Context()); err == nil || !strings.Contains(err.Error(), fakeiam.ErrCredentials.Error()) {
		t.Errorf("Ping with revoked credentials = %v, want %v", err, fakeiam.ErrCredentials)
	}
	cache.Invalidate()
	// A session outlives its token.
	if err := errors.Join(db.PingContext(t.Context()), old.PingContext(t.Context())); err != nil {
		t.Errorf("Ping of the new and the old connection = %v, want nil", err)
	}
	got := keys.Verifiers[0].Accepted()
	if len(got) != 2 || !strings.Contains(got[0], keys.ID(1)+"%2F") || !strings.Contains(got[1], keys.ID(2)+"%2F") {
		t.Errorf("%d tokens were accepted, want one of each credentials", len(got))
	}
}

// TestIAMProviderHangs checks that a provider that does not answer, as when the
// metadata service of the machine is gone, costs an attempt the time that its
// context allows, and that the pool works afterwards.
func TestIAMProviderHangs(t *testing.T) {
	t.Parallel()
	const allowed = 200 * time.Millisecond
	for name, heeds := range map[string]bool{"heeding-its-context": true, "ignoring-its-context": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			keys := fakeiam.NewKeys(iamVerifier())
			answers := make(chan struct{})
			signer := &rdsiam.Signer{Credentials: keys.Hanging(heeds, answers)}
			db := open(t, iamConfig(t, iamServer(t, keys.Verifiers[0])), trustWith(signer.Token))
			db.SetMaxOpenConns(1)
			ctx, cancel := context.WithTimeout(t.Context(), allowed)
			defer cancel()
			start := time.Now()
			if err := db.PingContext(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Ping = %v, want %v", err, context.DeadlineExceeded)
			}
			if took := time.Since(start); took > testTimeout {
				t.Errorf("Ping took %s, with a context of %s", took, allowed)
			}
			close(answers)
			if err := db.PingContext(t.Context()); err != nil {
				t.Errorf("Ping afterwards = %v, want nil", err)
			}
		})
	}
}

// iamError is a provider's error, which programs look for by its type.
type iamError struct{ text string }

func (e *iamError) Error() string { return e.text }

// TestIAMProviderError follows a provider's error through the driver and
// database/sql, which must not try again.
func TestIAMProviderError(t *testing.T) {
	t.Parallel()
	cause := &iamError{"no role is attached"}
	asked := 0
	signer := &rdsiam.Signer{Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		asked++
		return aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: fakeiam.SecretKey, SessionToken: fakeiam.SessionToken},
			fmt.Errorf("retrieve: %w", cause)
	})}
	s := iamServer(t, iamVerifier())
	cfg := iamConfig(t, s)
	cfg.Passwd = canaryPassword
	db := open(t, cfg, trustWith(signer.Token))
	for i := range 3 {
		err := db.PingContext(t.Context())
		var found *iamError
		if !errors.Is(err, cause) || !errors.As(err, &found) || errors.Is(err, driver.ErrBadConn) {
			t.Errorf("Ping = %v, want one that wraps %v", err, cause)
			continue
		}
		if n := strings.Count(err.Error(), cause.text); n != 1 {
			t.Errorf("Ping = %v, which says %d times what went wrong", err, n)
		}
		if asked != i+1 {
			t.Errorf("credentials were asked for %d times in %d attempts", asked, i+1)
		}
		advicetest.WantNoSecrets(t, "Connect", err, canaryPassword, fakeiam.SecretKey, fakeiam.SessionToken, "X-Amz-Signature")
	}
	if conns := s.Ended(t); len(conns) > 0 {
		t.Errorf("%d connections were made", len(conns))
	}
}
