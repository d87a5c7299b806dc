package rdspgx_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

func wantDiagnosis(t *testing.T, what string, err error, want rdstls.Reason, facts ...string) {
	t.Helper()
	advicetest.Want(t, what, err, want, facts, canaryUser, canaryPassword, canaryDatabase)
}

// drivers are ways to connect with a configuration.
var drivers = map[string]func(context.Context, *pgx.ConnConfig) error{
	"pgx": connect,
	"pgxpool": func(ctx context.Context, cfg *pgx.ConnConfig) error {
		pooled, err := pgxpool.ParseConfig("sslmode=disable host=127.0.0.1")
		if err != nil {
			return err
		}
		pooled.ConnConfig = cfg
		pool, err := pgxpool.NewWithConfig(ctx, pooled)
		if err != nil {
			return err
		}
		defer pool.Close()
		return pool.Ping(ctx)
	},
	"database/sql": func(ctx context.Context, cfg *pgx.ConnConfig) error {
		db := stdlib.OpenDB(*cfg)
		return errors.Join(db.PingContext(ctx), db.Close())
	},
}

// configurations returns a configuration of the driver alone that is verified as well as
// it can be, and one of this package, both for orders at addr.
func configurations(t *testing.T, addr string) map[string]*pgx.ConnConfig {
	t.Helper()
	stock := parse(t, asURL.dsn([]string{orders}, "sslmode=verify-full"))
	stock.TLSConfig.RootCAs = ca.Pool()
	ours := parse(t, asURL.dsn([]string{orders}))
	route(stock, map[string]string{orders: addr})
	route(ours, map[string]string{orders: addr})
	configure(t, ours, trust())
	return map[string]*pgx.ConnConfig{"stock": stock, "ours": ours}
}

func TestDiagnoseBehaviors(t *testing.T) {
	t.Parallel()
	wants := map[string]rdstls.Reason{
		"close-before-reply": rdstls.ReasonReset, "reset-before-reply": rdstls.ReasonReset, "close-after-reply": rdstls.ReasonReset,
		"garbage-reply": rdstls.ReasonNoTLS, "error-before-tls": rdstls.ReasonNoTLS,
		"injected-bytes": rdstls.ReasonNoTLS, "injected-junk": rdstls.ReasonNoTLS,
		"silent-after-connect": rdstls.ReasonTimeout, "silent-after-reply": rdstls.ReasonTimeout, "slow-drip": rdstls.ReasonTimeout,
		"tls10-only": rdstls.ReasonTLSVersion, "tls11-only": rdstls.ReasonTLSVersion, "rsa-key-exchange-only": rdstls.ReasonTLSVersion,
		"tls10-server-hello": rdstls.ReasonTLSVersion, "tls11-server-hello": rdstls.ReasonTLSVersion,
		"cut-server-hello": rdstls.ReasonReset, "huge-handshake-message": rdstls.ReasonNotRDS, "close-notify-first": rdstls.ReasonReset,
	}
	for _, b := range fakedb.HostilePostgres() {
		t.Run(b.Name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, fakedb.PostgresOptions{TLS: serving(ca.Instance(orders)), Behavior: b})
			for whose, cfg := range configurations(t, s.Addr()) {
				for driver, connect := range drivers {
					if wants[b.Name] == rdstls.ReasonTimeout {
						cfg.ConnectTimeout = 3 * patience // dialing must not be what takes so long
					}
					wantDiagnosis(t, whose+" "+driver, connect(bounded(t), cfg), wants[b.Name])
				}
			}
		})
	}
}

// TestDiagnoseCertificates checks that bad certificates are diagnosed, with every
// way to connect.
func TestDiagnoseCertificates(t *testing.T) {
	t.Parallel()
	for _, bad := range advicetest.BadCertificates(ca, orders, billing) {
		s := listen(t, fakedb.PostgresOptions{TLS: serving(bad.Cert)})
		for whose, cfg := range configurations(t, s.Addr()) {
			for driver, connect := range drivers {
				wantDiagnosis(t, bad.Name+" "+whose+" "+driver, connect(bounded(t), cfg), bad.Reason, bad.Facts...)
			}
		}
	}
}

// TestDiagnoseRealRefusals checks that what real servers refuse is diagnosed.
func TestDiagnoseRealRefusals(t *testing.T) {
	t.Parallel()
	const refused = "refusedrole"
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		options := realOptions(ca.Instance(orders))
		options.SQL = append(options.SQL, "CREATE ROLE "+refused+" LOGIN")
		options.HBA = []string{"hostssl all " + refused + " all reject"}
		s := dbservers.Start(t, shared.Installation, options)
		for driver, connect := range drivers {
			plain := parse(t, asURL.dsn([]string{s.Addr}, "sslmode=disable"))
			wantDiagnosis(t, driver+" without TLS", connect(bounded(t), plain), rdstls.ReasonPlaintextRefused, "rdspgx")
			for whose, cfg := range configurations(t, s.Addr) {
				what := whose + " " + driver
				wrong := cfg.Copy()
				wrong.Password = "wrong" + canaryPassword
				wantDiagnosis(t, what+" with a wrong password", connect(bounded(t), wrong), rdstls.ReasonLogin, "password", "rds_iam")
				rejected := cfg.Copy()
				rejected.User = refused
				wantDiagnosis(t, what+" of a user that is rejected", connect(bounded(t), rejected), rdstls.ReasonLogin, "user", "rds-db:connect")
				absent := cfg.Copy()
				absent.Database = "nosuchdatabase"
				advicetest.WantNone(t, what+" to no database", connect(bounded(t), absent))
			}
		}
		without := dbservers.Start(t, shared.Installation, dbservers.Options{})
		for whose, cfg := range configurations(t, without.Addr) {
			wantDiagnosis(t, whose+" to a server without TLS", connect(bounded(t), cfg), rdstls.ReasonNoTLS, "port")
		}
		options.HBA, options.MinVersion, options.MaxVersion = nil, tls.VersionTLS11, tls.VersionTLS11
		old := dbservers.Start(t, shared.Installation, options)
		for whose, cfg := range configurations(t, old.Addr) {
			wantDiagnosis(t, whose+" to a server with TLS 1.1", connect(bounded(t), cfg), rdstls.ReasonTLSVersion, "1.2", "ssl_max_protocol_version")
		}
	})
}

func TestDiagnoseOwnRefusals(t *testing.T) {
	t.Parallel()
	s := honest(t, orders)
	cfg := configurations(t, s.Addr())["ours"]
	cfg.TLSConfig = nil
	wantDiagnosis(t, "plaintext set later", connect(bounded(t), cfg), rdstls.ReasonConfig, "Configure")
	cfg = configurations(t, s.Addr())["ours"]
	cfg.TLSConfig.InsecureSkipVerify = true
	wantDiagnosis(t, "verification unset later", connect(bounded(t), cfg), rdstls.ReasonConfig, "Options.Base")
	_, err := rdspgx.OpenDB(asURL.dsn([]string{"localhost"}), nil)
	wantDiagnosis(t, "localhost", err, rdstls.ReasonConfig, "Options.ServerName")
	_, err = rdspgx.OpenDB(asURL.dsn([]string{orders}, "sslmode=disable"), nil)
	wantDiagnosis(t, "sslmode=disable", err, rdstls.ReasonConfig, "plaintext")
	direct := parse(t, asURL.dsn([]string{orders}, "sslnegotiation=direct"))
	without := listen(t, fakedb.PostgresOptions{TLS: serving(ca.Instance(orders)), Direct: true})
	route(direct, map[string]string{orders: without.Addr()})
	configure(t, direct, trust())
	wantDiagnosis(t, "sslnegotiation=direct", connect(bounded(t), direct), rdstls.ReasonConfig, "sslnegotiation")
}

func TestDiagnoseRealQueries(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		conn, err := pgx.ConnectConfig(bounded(t), realConfig(t, s, asURL.dsn([]string{orders}), trust()))
		if err != nil {
			t.Fatal(err)
		}
		var one int
		var pgErr *pgconn.PgError
		err = conn.QueryRow(bounded(t), "select 1 from nosuchtable").Scan(&one)
		if !errors.As(err, &pgErr) || pgErr.Code != "42P01" {
			t.Errorf("select from no table = %v, want 42P01", err)
		}
		advicetest.WantNone(t, "select from no table", err)
		advicetest.WantNone(t, "select of no row", conn.QueryRow(bounded(t), "select 1 where false").Scan(&one))
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		advicetest.WantNone(t, "slow query", conn.QueryRow(ctx, "select 1 from pg_sleep(60)").Scan(&one))
		advicetest.WantNone(t, "query on a closed connection", conn.QueryRow(bounded(t), "select 1").Scan(&one))
		db := stdlib.OpenDB(*realConfig(t, s, asURL.dsn([]string{orders}), trust()))
		defer db.Close()
		_, err = db.ExecContext(bounded(t), "select pg_terminate_backend(pg_backend_pid())")
		advicetest.WantNone(t, "terminated", err)
		err = db.QueryRowContext(bounded(t), "select 1 where false").Scan(&one)
		if !errors.Is(err, sql.ErrNoRows) {
			t.Errorf("select of no row = %v, want %v", err, sql.ErrNoRows)
		}
		advicetest.WantNone(t, "select of no row", err)
	})
}
