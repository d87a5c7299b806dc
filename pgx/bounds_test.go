package rdspgx_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgconn/ctxwatch"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

// A noDeadlines is a connection as x/crypto/ssh makes them.
type noDeadlines struct{ net.Conn }

var errNoDeadlines = errors.New("ssh: deadline not supported")

func (noDeadlines) SetDeadline(time.Time) error      { return errNoDeadlines }
func (noDeadlines) SetReadDeadline(time.Time) error  { return errNoDeadlines }
func (noDeadlines) SetWriteDeadline(time.Time) error { return errNoDeadlines }

func withoutDeadlines(cfg *pgx.ConnConfig) {
	dial := cfg.DialFunc
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return noDeadlines{conn}, err
	}
}

// TestWithoutDeadlines checks that attempts over a connection without deadlines end
// with ConnectTimeout wherever the server falls silent, and that the pool closes.
func TestWithoutDeadlines(t *testing.T) {
	t.Parallel()
	for name, opts := range map[string]fakedb.PostgresOptions{
		"connect":   {Behavior: fakedb.Behavior{Connect: fakedb.Silence}},
		"request":   {Behavior: fakedb.Behavior{Request: fakedb.Silence}},
		"handshake": {Behavior: fakedb.Behavior{Handshake: fakedb.Silence}},
		"login":     {},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			release := make(chan struct{})
			opts.TLS = serving(ca.Instance(orders))
			opts.Login = func(fakedb.Login) *fakedb.LoginError { <-release; return nil }
			server := listen(t, opts)
			t.Cleanup(func() { close(release) })
			cfg, err := pgxpool.ParseConfig(asURL.dsn([]string{orders}))
			if err != nil {
				t.Fatal(err)
			}
			route(cfg.ConnConfig, map[string]string{orders: server.Addr()})
			withoutDeadlines(cfg.ConnConfig)
			cfg.ConnConfig.ConnectTimeout = patience
			configure(t, cfg.ConnConfig, trust())
			ctx := bounded(t)
			ended := make(chan error, 1)
			go func() {
				pool, err := pgxpool.NewWithConfig(ctx, cfg)
				if err == nil {
					err = pool.Ping(ctx)
					pool.Close()
				}
				ended <- err
			}()
			select {
			case err := <-ended:
				if !pgconn.Timeout(err) && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("Ping = %v, want a timeout", err)
				}
			case <-ctx.Done():
				t.Fatal("the attempt does not end")
			}
			if ctx.Err() != nil {
				t.Errorf("ConnectTimeout did not end the attempt: %v", ctx.Err())
			}
		})
	}
}

// TestWithoutDeadlinesConnects checks that such a connection works.
func TestWithoutDeadlinesConnects(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	cfg := configFor(t, server)
	withoutDeadlines(cfg)
	configure(t, cfg, trust())
	wantConnect(t, cfg)
	wantLogin(t, server)
}

// TestLookupBounded checks that LookupFunc has a deadline and that only some
// addresses of many are tried.
func TestLookupBounded(t *testing.T) {
	t.Parallel()
	cfg := parse(t, asURL.dsn([]string{orders}))
	dials := 0
	cfg.LookupFunc = func(ctx context.Context, _ string) ([]string, error) {
		if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > time.Minute {
			t.Errorf("LookupFunc has the deadline %v, %v, want one within a minute", deadline, ok)
		}
		return slices.Repeat([]string{"127.0.0.1"}, 1000), nil
	}
	cfg.DialFunc = func(context.Context, string, string) (net.Conn, error) {
		dials++
		return nil, errors.New("down")
	}
	configure(t, cfg, trust())
	if _, err := pgx.ConnectConfig(context.WithoutCancel(t.Context()), cfg); err == nil {
		t.Error("connect = nil, want an error")
	}
	if dials == 0 || dials > 16 {
		t.Errorf("%d addresses were tried, want at most 16", dials)
	}
}

// TestCancelRequestBounded checks that a cancel request with a context that has no
// deadline ends after ConnectTimeout, and that this does not bound a connection that
// was made without ConnectTimeout.
func TestCancelRequestBounded(t *testing.T) {
	t.Parallel()
	server := honest(t, orders)
	silent := listen(t, fakedb.PostgresOptions{TLS: serving(ca.Instance(orders)), Behavior: fakedb.Behavior{Request: fakedb.Silence}})
	cfg := parse(t, asURL.dsn([]string{orders}))
	addrs := map[string]string{orders: server.Addr()}
	route(cfg, addrs)
	dial := cfg.DialFunc
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Errorf("dialing %s has no deadline", addr)
		}
		return dial(ctx, network, addr)
	}
	cfg.ConnectTimeout = 2 * time.Second // in which a busy machine makes a handshake
	configure(t, cfg, trust())
	cfg.ConnectTimeout = 0
	conn, err := pgx.ConnectConfig(context.WithoutCancel(t.Context()), cfg)
	if err != nil {
		t.Fatalf("connect = %v, want nil", err)
	}
	addrs["127.0.0.1"] = silent.Addr()
	ended := make(chan error, 1)
	go func() { ended <- conn.PgConn().CancelRequest(context.WithoutCancel(t.Context())) }()
	select {
	case err := <-ended:
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("CancelRequest = %v, want %v", err, os.ErrDeadlineExceeded)
		}
	case <-bounded(t).Done():
		t.Fatal("CancelRequest does not end")
	}
	wantNothing(t, silent)
	var one int
	if err := conn.QueryRow(bounded(t), "select 1").Scan(&one); err != nil {
		t.Errorf("query after ConnectTimeout = %v, want nil", err)
	}
	if err := conn.Close(bounded(t)); err != nil {
		t.Error(err)
	}
}

type panickingRead struct {
	net.Conn
	value any
}

func (c panickingRead) Read([]byte) (int, error) { panic(c.value) }

// TestHookPanics checks that a panic in a function of the caller reaches the caller
// with its value, and leaves no socket open.
func TestHookPanics(t *testing.T) {
	t.Parallel()
	type panicking struct{ error }
	mine := panicking{errors.New("mine")}
	for name, edit := range map[string]func(*pgx.ConnConfig, *rdstls.Options){
		"AfterNetConnect": func(c *pgx.ConnConfig, _ *rdstls.Options) {
			c.AfterNetConnect = func(context.Context, *pgconn.Config, net.Conn) (net.Conn, error) { panic(mine) }
		},
		"VerifyConnection": func(_ *pgx.ConnConfig, o *rdstls.Options) {
			o.Base = &tls.Config{VerifyConnection: func(tls.ConnectionState) error { panic(mine) }}
		},
		"Password": func(_ *pgx.ConnConfig, o *rdstls.Options) {
			o.Password = func(context.Context, string, string) (string, error) { panic(mine) }
		},
		"BuildFrontend": func(c *pgx.ConnConfig, _ *rdstls.Options) {
			c.BuildFrontend = func(io.Reader, io.Writer) *pgproto3.Frontend { panic(mine) }
		},
		"BuildContextWatcherHandler": func(c *pgx.ConnConfig, _ *rdstls.Options) {
			c.BuildContextWatcherHandler = func(*pgconn.PgConn) ctxwatch.Handler { panic(mine) }
		},
		"Read": func(c *pgx.ConnConfig, _ *rdstls.Options) {
			dial := c.DialFunc
			c.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
				conn, err := dial(ctx, network, addr)
				return panickingRead{conn, mine}, err
			}
		},
		"ValidateConnect": func(c *pgx.ConnConfig, _ *rdstls.Options) {
			c.ValidateConnect = func(context.Context, *pgconn.PgConn) error { panic(mine) }
		},
		"AfterConnect": func(c *pgx.ConnConfig, _ *rdstls.Options) {
			c.AfterConnect = func(context.Context, *pgconn.PgConn) error { panic(mine) }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := honest(t, orders)
			cfg := configFor(t, server)
			wantClosed := recordCloses(t, cfg)
			opts := trust()
			edit(cfg, opts)
			configure(t, cfg, opts)
			func() {
				defer func() {
					if err, ok := recover().(error); !ok || !errors.Is(err, mine) {
						t.Errorf("recovered %v, want the hook's own panic", err)
					}
				}()
				err := connect(bounded(t), cfg)
				t.Errorf("connect = %v, want a panic", err)
			}()
			wantClosed()
		})
	}
}

// TestTokenPanics checks the same for a provider of OAuth tokens, which pgx asks
// when the server wants one.
func TestTokenPanics(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		provide func() string
		want    any // value of the panic
	}{
		{"panics", func() string { panic("mine") }, "mine"},
		{"returns", func() string { return "token" }, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			server := listen(t, fakedb.PostgresOptions{TLS: serving(ca.Instance(orders)), Auth: fakedb.AuthOAuth})
			cfg := configFor(t, server)
			wantClosed := recordCloses(t, cfg)
			cfg.OAuthTokenProvider = func(context.Context) (string, error) { return tt.provide(), nil }
			configure(t, cfg, trust())
			var panicked any
			func() {
				defer func() { panicked = recover() }()
				wantConnect(t, cfg)
			}()
			wantClosed()
			sent := strings.Contains(server.Ended(t)[0].Login().Password, "token")
			if panicked != tt.want || sent != (tt.want == nil) {
				t.Errorf("panicked with %v, want %v; token sent: %t", panicked, tt.want, sent)
			}
		})
	}
}
