package rdspgx_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/sidebyside"
	"github.com/rdstls/go/internal/slowlink"
	"github.com/rdstls/go/rdstls"
)

// handWritten is what a careful program does without this package: the driver's
// verify-full, with one pool of roots for all configurations.
func handWritten(tb testing.TB, addr string, params ...string) *pgx.ConnConfig {
	tb.Helper()
	cfg := parse(tb, asURL.dsn([]string{orders}, append(params, "sslmode=verify-full")...))
	cfg.TLSConfig.RootCAs = ca.Pool()
	route(cfg, map[string]string{orders: addr})
	return cfg
}

// configured is the same by this package.
func configured(tb testing.TB, addr string, opts *rdstls.Options, params ...string) *pgx.ConnConfig {
	tb.Helper()
	cfg := parse(tb, asURL.dsn([]string{orders}, append(params, "sslmode=require")...))
	route(cfg, map[string]string{orders: addr})
	configure(tb, cfg, opts)
	return cfg
}

// connecting returns a function that connects, pings and closes.
func connecting(b *testing.B, cfg *pgx.ConnConfig) func() {
	return func() {
		ctx := b.Context()
		conn, err := pgx.ConnectConfig(ctx, cfg)
		if err != nil {
			b.Fatal(err)
		}
		if err := errors.Join(conn.Ping(ctx), conn.Close(ctx)); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRatioConnect connects to real servers and pings them, beside a
// hand-written configuration whose attempts end after a minute, as ours do, and
// one of which nothing bounds the attempts.
func BenchmarkRatioConnect(b *testing.B) {
	for _, s := range servers.Servers(b) {
		for name, params := range map[string][]string{"bounded": {"connect_timeout=60"}, "unbounded": nil} {
			b.Run(s.Name()+"/"+name, func(b *testing.B) {
				ours := connecting(b, configured(b, s.Addr, trust()))
				theirs := connecting(b, handWritten(b, s.Addr, params...))
				sidebyside.Compare(b, "ns", sidebyside.Timed(ours), sidebyside.Timed(theirs))
			})
		}
	}
}

// BenchmarkRoundTrips connects through a link that takes a millisecond each way.
// The milliseconds over two are the round trips, but for the one that TCP needs.
func BenchmarkRoundTrips(b *testing.B) {
	p256 := &rdstls.Options{Roots: ca.Pool(), Base: &tls.Config{CurvePreferences: []tls.CurveID{tls.CurveP256}}}
	for _, s := range servers.Servers(b) {
		link, err := slowlink.Listen(s.Addr, time.Millisecond)
		if err != nil {
			b.Fatal(err)
		}
		defer link.Close()
		run := func(name string, cfg *pgx.ConnConfig) {
			b.Run(s.Name()+"/"+name, func(b *testing.B) {
				for connect := connecting(b, cfg); b.Loop(); {
					connect()
				}
			})
		}
		run("hand-written", handWritten(b, link.Addr()))
		run("rdspgx", configured(b, link.Addr(), trust()))
		run("rdspgx-p256", configured(b, link.Addr(), p256))
		if s.DirectTLS() {
			const direct = "sslnegotiation=direct"
			run("hand-written-direct", handWritten(b, link.Addr(), direct))
			run("rdspgx-direct", configured(b, link.Addr(), trust(), direct))
			run("rdspgx-direct-p256", configured(b, link.Addr(), p256, direct))
		}
	}
}

// BenchmarkRatioPool opens the connections of a pool, all at once. A lock that let
// only one connect at a time would show in the time per connection.
func BenchmarkRatioPool(b *testing.B) {
	installations, err := dbservers.Find(dbservers.Postgres)
	if err != nil {
		b.Fatal(err)
	}
	for _, in := range installations {
		opts := realOptions(ca.Instance(orders))
		opts.Settings = []string{"max_connections=500"}
		s := dbservers.Start(b, in, opts)
		for _, conns := range []int{1, 10, 50, 200} {
			b.Run(fmt.Sprintf("%s/conns=%d", s.Name(), conns), func(b *testing.B) {
				ours, theirs := configured(b, s.Addr, trust()), handWritten(b, s.Addr)
				perConn := func(cfg *pgx.ConnConfig) sidebyside.Measure {
					whole := sidebyside.Timed(func() { openPool(b, cfg, conns) })
					return func() float64 { return whole() / float64(conns) }
				}
				sidebyside.Compare(b, "ns/conn", perConn(ours), perConn(theirs))
			})
		}
	}
}

// openPool makes conns connections at once, and closes them.
func openPool(b *testing.B, cfg *pgx.ConnConfig, conns int) {
	b.Helper()
	pooled, err := pgxpool.ParseConfig("")
	if err != nil {
		b.Fatal(err)
	}
	pooled.ConnConfig, pooled.MaxConns = cfg, int32(conns)
	pool, err := pgxpool.NewWithConfig(b.Context(), pooled)
	if err != nil {
		b.Fatal(err)
	}
	defer pool.Close()
	var opening sync.WaitGroup
	var open sync.WaitGroup
	open.Add(conns)
	for range conns {
		opening.Go(func() {
			conn, err := pool.Acquire(context.Background())
			open.Done()
			if err != nil {
				b.Error(err)
				return
			}
			defer conn.Release()
			open.Wait() // held, so that nobody is given this one
		})
	}
	opening.Wait()
}
