package rdsmysql_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/testcerts"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

// withCertificate is an account that needs a certificate, and has no password.
const withCertificate = "certified"

// servers are one of each real server on this machine. They all are host.
var servers = dbservers.NewSet(func(dbservers.Installation) dbservers.Options {
	opts := realOptions(ca.Instance(orders))
	opts.CA = ca.PEM()
	opts.SQL = []string{
		"CREATE USER '" + withCertificate + "'@'%' REQUIRE X509",
		"GRANT ALL ON *.* TO '" + withCertificate + "'@'%'",
	}
	return opts
}, dbservers.MariaDB, dbservers.MySQL)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

func realOptions(cert tls.Certificate) dbservers.Options {
	chain, key := testcerts.PEMFiles(cert)
	return dbservers.Options{Chain: chain, Key: key}
}

// realConfig returns a configuration for s by the name of an endpoint.
func realConfig(t testing.TB, s *dbservers.Server, name string) *mysql.Config {
	t.Helper()
	cfg := parse(t, dbservers.User+":"+dbservers.Password+"@tcp("+name+")/"+dbservers.Database+"?tls=preferred")
	cfg.DialFunc = func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "tcp", s.Addr)
	}
	return cfg
}

func open(t *testing.T, cfg *mysql.Config, opts *rdstls.Options) *sql.DB {
	t.Helper()
	db := sql.OpenDB(newConnector(t, cfg, opts))
	t.Cleanup(func() { db.Close() })
	return db
}

// versions are the versions of TLS that RDS speaks.
var versions = map[string]uint16{"TLSv1.2": tls.VersionTLS12, "TLSv1.3": tls.VersionTLS13}

func TestRealConnect(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		for name, version := range versions {
			opts := trust()
			opts.Base = &tls.Config{MinVersion: version, MaxVersion: version}
			db := open(t, realConfig(t, s, orders), opts)
			var variable, got string
			if err := db.QueryRowContext(t.Context(), "SHOW STATUS LIKE 'Ssl_version'").Scan(&variable, &got); err != nil || got != name {
				t.Errorf("Ssl_version = %q, %v, want %q", got, err, name)
			}
		}
	})
}

// TestRealOpenDB connects by a DSN, through a tunnel and on a registered network.
func TestRealOpenDB(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		network := fmt.Sprintf("real%d", s.Port)
		mysql.RegisterDialContext(network, func(ctx context.Context, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", s.Addr)
		})
		named := trust()
		named.ServerName = orders
		for address, opts := range map[string]*rdstls.Options{"tcp(" + s.Addr + ")": named, network + "(" + orders + ":3306)": trust()} {
			db, err := rdsmysql.OpenDB(dbservers.User+":"+dbservers.Password+"@"+address+"/"+dbservers.Database+"?tls=skip-verify&parseTime=true", opts)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			var now time.Time
			if err := db.QueryRowContext(t.Context(), "SELECT NOW()").Scan(&now); err != nil || now.IsZero() {
				t.Errorf("%s: SELECT NOW() = %v, %v", address, now, err)
			}
		}
	})
}

func TestRealPool(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		opts := trust()
		opts.Password = func(context.Context, string, string) (string, error) { return dbservers.Password, nil }
		cfg := realConfig(t, s, orders)
		cfg.Passwd = "not this one"
		db := open(t, cfg, opts)
		db.SetMaxOpenConns(4)
		if _, err := db.ExecContext(t.Context(), "CREATE TABLE pool (n INT)"); err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for i := range 16 {
			wg.Go(func() {
				if _, err := db.ExecContext(t.Context(), "INSERT INTO pool VALUES (?)", i); err != nil {
					t.Errorf("INSERT %d = %v", i, err)
				}
			})
		}
		wg.Wait()
		var sum int
		if err := db.QueryRowContext(t.Context(), "SELECT SUM(n) FROM pool").Scan(&sum); err != nil || sum != 120 {
			t.Errorf("SUM = %d, %v, want 120", sum, err)
		}
	})
}

func TestRealRefusals(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		var wrongName x509.HostnameError
		if err := open(t, realConfig(t, s, billing), trust()).PingContext(t.Context()); !errors.As(err, &wrongName) {
			t.Errorf("wrong instance: Ping = %v, want a HostnameError", err)
		}
		var unknown x509.UnknownAuthorityError
		for name, opts := range map[string]*rdstls.Options{"other Region's root": {Roots: otherRegionCA.Pool()}, "embedded-roots": nil} {
			if err := open(t, realConfig(t, s, orders), opts).PingContext(t.Context()); !errors.As(err, &unknown) {
				t.Errorf("%s: Ping = %v, want an UnknownAuthorityError", name, err)
			}
		}
		plain := dbservers.Start(t, s.Installation, dbservers.Options{})
		if err := open(t, realConfig(t, plain, orders), trust()).PingContext(t.Context()); !errors.Is(err, mysql.ErrNoTLS) {
			t.Errorf("server without TLS: Ping = %v, want %v", err, mysql.ErrNoTLS)
		}
		// The control: the server lets in who does not ask for TLS.
		cfg := realConfig(t, plain, orders)
		db := stockDB(t, cfg)
		if err := db.PingContext(t.Context()); err != nil {
			t.Errorf("server without TLS: Ping of the stock driver = %v, want nil", err)
		}
	})
}

func TestRealClientCertificate(t *testing.T) {
	t.Parallel()
	certificate := ca.Leaf(func(leaf *x509.Certificate) {
		leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}, "app.example")
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		cfg := realConfig(t, s, orders)
		cfg.User, cfg.Passwd = withCertificate, ""
		opts := trust()
		var denied *mysql.MySQLError
		if err := open(t, cfg, opts).PingContext(t.Context()); !errors.As(err, &denied) || denied.Number != 1045 {
			t.Errorf("without a certificate: Ping = %v, want error 1045", err)
		}
		opts.Base = &tls.Config{Certificates: []tls.Certificate{certificate}}
		if err := open(t, cfg, opts).PingContext(t.Context()); err != nil {
			t.Errorf("certificate in Base: Ping = %v, want nil", err)
		}
		cfg.TLS = &tls.Config{InsecureSkipVerify: true, Certificates: opts.Base.Certificates}
		if err := open(t, cfg, trust()).PingContext(t.Context()); err != nil {
			t.Errorf("certificate in cfg.TLS: Ping = %v, want nil", err)
		}
	})
}
