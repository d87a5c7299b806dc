package rdspgx_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakeiam"
	"github.com/rdstls/go/rdsiam"
	"github.com/rdstls/go/rdstls"
)

// distinct returns how many of words differ.
func distinct(words []string) int {
	words = slices.Clone(words)
	slices.Sort(words)
	return len(slices.Compact(words))
}

// TestIAMPool opens 50 connections at once. None shares a token with another:
// each was minted for one connection, with credentials of its own, and is
// accepted once.
func TestIAMPool(t *testing.T) {
	t.Parallel()
	const n = 50
	eachIAM(t, func(t *testing.T, in dbservers.Installation) {
		s := startIAM(t, in, orders, ca.Instance(orders))
		keys := fakeiam.NewKeys(s.verifier)
		asker := asker{password: (&rdsiam.Signer{Credentials: keys}).Token}
		cfg := iamConfig(t, orders, map[string]string{orders: s.Addr}, asker.ask)
		pool := poolOf(t, cfg, n)
		db := stdlib.OpenDB(*cfg)
		for _, p := range []struct {
			name  string
			hold  func(ctx context.Context) (release func(), err error)
			close func()
		}{
			{"pgxpool", func(ctx context.Context) (func(), error) {
				conn, err := pool.Acquire(ctx)
				if err != nil {
					return nil, err
				}
				return conn.Release, conn.Ping(ctx)
			}, pool.Close},
			{"database/sql", func(ctx context.Context) (func(), error) {
				conn, err := db.Conn(ctx)
				if err != nil {
					return nil, err
				}
				return func() { _ = conn.Close() }, conn.PingContext(ctx)
			}, func() { _ = db.Close() }},
		} {
			before := len(s.verifier.Accepted())
			var all, held sync.WaitGroup
			held.Add(n)
			for range n {
				all.Go(func() {
					release, err := p.hold(bounded(t))
					held.Done()
					if err != nil {
						t.Errorf("%s: %v", p.name, err)
					}
					if release != nil {
						held.Wait() // so that no connection serves two
						release()
					}
				})
			}
			all.Wait()
			if got := s.verifier.Accepted()[before:]; len(got) != n || distinct(got) != n {
				t.Errorf("%s: %d tokens were accepted, %d of them different, want %d", p.name, len(got), distinct(got), n)
			}
			p.close() // the server has room for 100
		}
		if len(asker.asked) != 2*n || keys.Asked() != 2*n || s.lastRefusal() != nil {
			t.Errorf("%d passwords, %d credentials, last refusal %v; want %d, and none", len(asker.asked), keys.Asked(), s.lastRefusal(), 2*n)
		}
	})
}

// TestIAMCredentialsRotate replaces the credentials behind a pool that lives.
func TestIAMCredentialsRotate(t *testing.T) {
	t.Parallel()
	eachIAM(t, func(t *testing.T, in dbservers.Installation) {
		s := startIAM(t, in, orders, ca.Instance(orders))
		keys := fakeiam.NewKeys(s.verifier)
		cache := aws.NewCredentialsCache(keys)
		signer := &rdsiam.Signer{Credentials: cache}
		pool := poolOf(t, iamConfig(t, orders, map[string]string{orders: s.Addr}, signer.Token), 4)
		conn, err := pool.Acquire(bounded(t))
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Release()
		keys.Revoke()
		// The control: what is revoked is of no use any more.
		if err := pool.Ping(bounded(t)); err == nil || !errors.Is(s.lastRefusal(), fakeiam.ErrCredentials) {
			t.Errorf("Ping with revoked credentials = %v, the stand-in says %v, want %v", err, s.lastRefusal(), fakeiam.ErrCredentials)
		}
		cache.Invalidate()
		if err := pool.Ping(bounded(t)); err != nil {
			t.Errorf("Ping with new credentials = %v, want nil", err)
		}
		// A session outlives its token.
		if err := conn.Ping(bounded(t)); err != nil {
			t.Errorf("Ping of the old connection = %v, want nil", err)
		}
		got := s.verifier.Accepted()
		if len(got) != 2 || !strings.Contains(got[0], keys.ID(1)+"%2F") || !strings.Contains(got[1], keys.ID(2)+"%2F") {
			t.Errorf("%d tokens were accepted, want one of each credentials", len(got))
		}
	})
}

// TestIAMProviderHangs checks that a provider that does not answer, as when the
// metadata service of the machine is gone, costs an attempt its time and no more,
// and that the pool works afterwards.
func TestIAMProviderHangs(t *testing.T) {
	t.Parallel()
	for name, heeds := range map[string]bool{"heeding-its-context": true, "ignoring-its-context": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			verifier := &fakeiam.Verifier{Endpoint: orders + ":5432", Region: "eu-west-1"}
			server := iamFake(t, verifier)
			keys := fakeiam.NewKeys(verifier)
			answers := make(chan struct{})
			signer := &rdsiam.Signer{Credentials: keys.Hanging(heeds, answers)}
			cfg := iamConfig(t, orders, map[string]string{orders: server.Addr()}, signer.Token)
			cfg.ConnectTimeout = patience
			pool := poolOf(t, cfg, 1)
			db := stdlib.OpenDB(*cfg)
			defer db.Close()
			db.SetMaxOpenConns(1)
			for what, ping := range map[string]func(context.Context) error{"pool": pool.Ping, "DB": db.PingContext} {
				start := time.Now()
				if err := ping(bounded(t)); !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Ping of a %s = %v, want %v", what, err, context.DeadlineExceeded)
				}
				if took := time.Since(start); took > 20*patience {
					t.Errorf("Ping of a %s took %s, with a connect timeout of %s", what, took, patience)
				}
			}
			close(answers)
			for what, ping := range map[string]func(context.Context) error{"pool": pool.Ping, "DB": db.PingContext} {
				ctx := bounded(t)
				err := ping(ctx)
				for err != nil && ctx.Err() == nil { // on a busy machine, a handshake can take as long
					err = ping(ctx)
				}
				if err != nil {
					t.Errorf("Ping of a %s afterwards = %v, want nil", what, err)
				}
			}
		})
	}
}

// iamTracer notes the errors of attempts.
type iamTracer struct {
	mu   sync.Mutex
	errs []error
}

func (*iamTracer) TraceConnectStart(ctx context.Context, _ pgx.TraceConnectStartData) context.Context {
	return ctx
}

func (r *iamTracer) TraceConnectEnd(_ context.Context, data pgx.TraceConnectEndData) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errs = append(r.errs, data.Err)
}

func (*iamTracer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	return ctx
}

func (*iamTracer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) {}

// iamError is a provider's error, which programs look for by its type.
type iamError struct{ text string }

func (e *iamError) Error() string { return e.text }

// TestIAMProviderError follows a provider's error to those who have to know, and
// counts how often it is told.
func TestIAMProviderError(t *testing.T) {
	t.Parallel()
	cause := &iamError{"no role is attached"}
	failing := aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: "ASIAEXAMPLE", SecretAccessKey: fakeiam.SecretKey, SessionToken: fakeiam.SessionToken},
			fmt.Errorf("retrieve: %w", cause)
	})
	for hosts, attempts := range map[string][]string{
		orders:                 {orders + ":5432"},
		orders + "," + billing: {orders + ":5432", billing + ":5432"},
	} {
		server := honest(t, orders, billing)
		asker := asker{password: (&rdsiam.Signer{Credentials: failing}).Token}
		cfg := iamConfig(t, hosts, map[string]string{orders: server.Addr(), billing: server.Addr()}, asker.ask, "password="+canaryPassword)
		tracer := &iamTracer{}
		cfg.Tracer = tracer
		db := stdlib.OpenDB(*cfg)
		defer db.Close()
		var want []string
		for what, ping := range map[string]func(context.Context) error{
			"Connect": func(ctx context.Context) error { return connect(ctx, cfg) },
			"pool":    poolOf(t, cfg, 1).Ping,
			"DB":      db.PingContext,
		} {
			want = append(want, attempts...)
			err := ping(bounded(t))
			var found *iamError
			if !errors.Is(err, cause) || !errors.As(err, &found) {
				t.Errorf("%s = %v, want one that wraps %v", what, err, cause)
				continue
			}
			if got := strings.Count(err.Error(), cause.text); got != len(attempts) {
				t.Errorf("%s = %v, which says %d times what went wrong in %d attempts", what, err, got, len(attempts))
			}
			advicetest.WantNoSecrets(t, "Connect", err, canaryPassword, fakeiam.SecretKey, fakeiam.SessionToken, "X-Amz-Signature")
		}
		asker.wantAsked(t, want...)
		if len(tracer.errs) != 3 {
			t.Errorf("the tracer saw %d errors, want 3", len(tracer.errs))
		}
		for _, err := range tracer.errs {
			if !errors.Is(err, cause) {
				t.Errorf("the tracer saw %v, want %v", err, cause)
			}
			advicetest.WantNoSecrets(t, "Connect", err, canaryPassword, fakeiam.SecretKey, fakeiam.SessionToken, "X-Amz-Signature")
		}
		wantOnlyHandshake(t, server)
	}
}

// TestIAMRefusedHoldsNoSecret checks that the error of a refused token gives the
// server's reason, but not the token.
func TestIAMRefusedHoldsNoSecret(t *testing.T) {
	t.Parallel()
	verifier := &fakeiam.Verifier{Endpoint: billing + ":5432", Region: "eu-west-1"} // another one's
	server := iamFake(t, verifier)
	signer := &rdsiam.Signer{Credentials: fakeiam.NewKeys(verifier)}
	err := connect(bounded(t), iamConfig(t, orders, map[string]string{orders: server.Addr()}, signer.Token))
	if diagnosis, ok := rdstls.Diagnose(err); !ok || diagnosis.Reason != rdstls.ReasonLogin {
		t.Errorf("Diagnose(%v) = %+v, %v, want %q", err, diagnosis, ok, rdstls.ReasonLogin)
	}
	advicetest.WantNoSecrets(t, "Connect", err, canaryPassword, fakeiam.SecretKey, fakeiam.SessionToken, "X-Amz-Signature")
}
