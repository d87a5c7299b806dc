package rdspgx_test

import (
	"context"
	"crypto/tls"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
)

// TestGuardCancelRequest checks that a cancel request, which carries the key of the
// query, is only sent over TLS that was verified as the connection was.
func TestGuardCancelRequest(t *testing.T) {
	t.Parallel()
	for _, negotiation := range []string{"postgres", "direct"} {
		for _, a := range attackers() {
			t.Run(negotiation+"/"+a.name, func(t *testing.T) {
				t.Parallel()
				config := &tls.Config{Certificates: []tls.Certificate{ca.Instance(orders)}, NextProtos: []string{"postgresql"}}
				server := listen(t, fakedb.PostgresOptions{TLS: config, Direct: true})
				evil := a.listen(t)
				cfg := parse(t, asURL.dsn([]string{orders}, "sslnegotiation="+negotiation))
				addrs := map[string]string{orders: server.Addr()}
				route(cfg, addrs)
				configure(t, cfg, trust())
				conn, err := pgx.ConnectConfig(bounded(t), cfg)
				if err != nil {
					t.Fatalf("connect = %v, want nil", err)
				}
				if err := conn.PgConn().CancelRequest(bounded(t)); err != nil {
					t.Errorf("CancelRequest = %v, want nil", err)
				}
				addrs["127.0.0.1"] = evil.Addr() // as if an attacker had taken over the address
				if err := conn.PgConn().CancelRequest(bounded(t)); err == nil {
					t.Error("CancelRequest to the attacker = nil, want an error")
				}
				if err := conn.Close(bounded(t)); err != nil {
					t.Error(err)
				}
				conns := server.Ended(t)
				const cancelRequest = 16 // bytes
				if len(conns) != 2 || len(conns[1].Secure()) != cancelRequest {
					t.Errorf("the server saw %d connections, want a second with a cancel request inside TLS", len(conns))
				}
				wantOnlyHandshake(t, evil)
				if negotiation == "direct" {
					wantDirect(t, evil)
				}
			})
		}
	}
}

func TestRealCancel(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for _, params := range [][]string{nil, {"sslnegotiation=direct"}} {
			if params != nil && !s.DirectTLS() {
				continue
			}
			var verified atomic.Int64
			opts := trust()
			opts.Base = &tls.Config{VerifyConnection: func(tls.ConnectionState) error {
				verified.Add(1)
				return nil
			}}
			cfg := realConfig(t, s, asURL.dsn([]string{orders}, params...), opts)
			conn, err := pgx.ConnectConfig(bounded(t), cfg)
			if err != nil {
				t.Fatalf("connect = %v, want nil", err)
			}
			ctx := bounded(t)
			ended := make(chan error, 1)
			go func() {
				_, err := conn.Exec(ctx, "select pg_sleep(600)")
				ended <- err
			}()
			waitAsleep(ctx, t, s, conn.PgConn().PID())
			if err := conn.PgConn().CancelRequest(ctx); err != nil {
				t.Errorf("CancelRequest = %v, want nil", err)
			}
			var refused *pgconn.PgError
			if err := <-ended; !errors.As(err, &refused) || refused.Code != "57014" {
				t.Errorf("query = %v, want it canceled", err)
			}
			if err := conn.Close(ctx); err != nil {
				t.Error(err)
			}
			if got := verified.Load(); got != 2 {
				t.Errorf("%d handshakes were verified, want 2: the connection's and the cancel request's", got)
			}
		}
	})
}

// waitAsleep waits until the server's process pid sleeps in a query.
func waitAsleep(ctx context.Context, t *testing.T, s *dbservers.Server, pid uint32) {
	t.Helper()
	conn, err := pgx.ConnectConfig(ctx, realConfig(t, s, asURL.dsn([]string{orders}), trust()))
	if err != nil {
		t.Fatalf("connect = %v, want nil", err)
	}
	defer conn.Close(ctx)
	for asleep := false; !asleep; {
		const query = "select exists (select from pg_stat_activity where pid = $1 and wait_event = 'PgSleep')"
		if err := conn.QueryRow(ctx, query, int32(pid)).Scan(&asleep); err != nil {
			t.Fatal(err)
		}
	}
}
