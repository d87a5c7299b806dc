package rdspgx_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/fakedb"
)

// TestSilentServer checks that ConnectTimeout or the context ends an attempt at a
// server that is silent or never stops talking.
func TestSilentServer(t *testing.T) {
	t.Parallel()
	slow := fakedb.Drip([]byte{0x16, 0x03, 0x03, 0x40, 0x00}) // a record of 16 KiB, for ever
	for _, b := range []fakedb.Behavior{
		{Name: "connect", Connect: fakedb.Silence},
		{Name: "request", Request: fakedb.Silence},
		{Name: "handshake", Handshake: fakedb.Silence},
		{Name: "drip", Handshake: slow},
	} {
		for _, negotiation := range []string{"postgres", "direct"} {
			if b.Request != nil && negotiation == "direct" {
				continue // there is no request
			}
			for _, bound := range []string{"ConnectTimeout", "context"} {
				t.Run(fmt.Sprintf("%s/%s/%s", b.Name, negotiation, bound), func(t *testing.T) {
					t.Parallel()
					server := listen(t, fakedb.PostgresOptions{TLS: serving(ca.Instance(orders)), Direct: true, Behavior: b})
					cfg := parse(t, asURL.dsn([]string{orders}, "sslnegotiation="+negotiation))
					route(cfg, map[string]string{orders: server.Addr()})
					ctx := bounded(t)
					if bound == "context" {
						var cancel context.CancelFunc
						ctx, cancel = context.WithTimeout(ctx, patience)
						defer cancel()
					} else {
						cfg.ConnectTimeout = patience
					}
					configure(t, cfg, trust())
					ended := make(chan error, 1)
					go func() { ended <- connect(ctx, cfg) }()
					var err error
					select {
					case err = <-ended:
					case <-bounded(t).Done():
						t.Fatal("the attempt does not end")
					}
					if !pgconn.Timeout(err) && !errors.Is(err, context.DeadlineExceeded) {
						t.Errorf("connect = %v, want a timeout", err)
					}
					if bounded := ctx.Err(); bound == "ConnectTimeout" && bounded != nil {
						t.Errorf("ConnectTimeout of %v did not end the attempt: %v", patience, bounded)
					}
				})
			}
		}
	}
}

// The function's time is part of the attempt's.
func TestPasswordTimeout(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	cfg := configFor(t, server)
	cfg.ConnectTimeout = patience
	opts := trust()
	opts.Password = func(ctx context.Context, _, _ string) (string, error) {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > patience {
			t.Errorf("deadline = %v, %v, want within %v", deadline, ok, patience)
		}
		<-ctx.Done()
		return "", ctx.Err()
	}
	configure(t, cfg, opts)
	if err := connect(bounded(t), cfg); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("connect = %v, want %v", err, context.DeadlineExceeded)
	}
	wantOnlyHandshake(t, server)
}

// A function that does not heed its context does not hold the attempt.
func TestPasswordHangs(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	cfg := configFor(t, server)
	cfg.ConnectTimeout = patience
	release := make(chan struct{})
	defer close(release)
	opts := trust()
	opts.Password = func(context.Context, string, string) (string, error) {
		<-release
		return "too late", nil
	}
	configure(t, cfg, opts)
	if err := connect(bounded(t), cfg); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("connect = %v, want %v", err, context.DeadlineExceeded)
	}
	wantOnlyHandshake(t, server)
}
