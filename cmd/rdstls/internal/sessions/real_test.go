package sessions

import (
	"context"
	"database/sql"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/testcerts"
	rdsmysql "github.com/rdstls/go/mysql"
	"github.com/rdstls/go/rdstls"
)

const (
	endpoint = "orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com"
	foreign  = "127.0.0.9" // not the database's own host, for the command
	canary   = "canary-Pa55word"
)

var ca = testcerts.New("eu-west-1", testcerts.ECC384)

// servers accept clients of both kinds. seer may see all sessions, blind may not.
var servers = dbservers.NewSet(serverOptions, dbservers.Postgres, dbservers.MariaDB, dbservers.MySQL)

func serverOptions(in dbservers.Installation) dbservers.Options {
	chain, key := testcerts.PEMFiles(ca.Instance(endpoint))
	opts := dbservers.Options{Chain: chain, Key: key, CA: ca.PEM(), AllowPlaintext: true}
	if in.Kind == dbservers.Postgres {
		opts.CA = nil
		opts.HBA = []string{"host all all " + foreign + "/32 scram-sha-256"}
		opts.Settings = []string{"rds.force_ssl = '0'"}
		opts.SQL = []string{
			"CREATE ROLE seer LOGIN PASSWORD '" + canary + "'", "GRANT pg_monitor TO seer",
			"CREATE ROLE blind LOGIN PASSWORD '" + canary + "'",
		}
		return opts
	}
	opts.Settings = []string{"performance-schema=ON"}
	columns := "user, host, ssl_type, account_locked"
	if in.Kind == dbservers.MariaDB {
		columns = "user, host, ssl_type, is_role"
	}
	opts.SQL = []string{
		"CREATE USER 'seer'@'%' IDENTIFIED BY '" + canary + "' REQUIRE SSL", "GRANT SELECT ON performance_schema.* TO 'seer'@'%'",
		"GRANT SELECT (" + columns + ") ON mysql.user TO 'seer'@'%'",
		"CREATE USER 'blind'@'%' IDENTIFIED BY '" + canary + "'",
	}
	return opts
}

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// connString returns what an operator gives the command, for a user.
func connString(s *dbservers.Server, user string) (driver, text string) {
	if s.Kind == dbservers.Postgres {
		return Postgres, "postgres://" + user + ":" + canary + "@" + s.Addr + "/" + dbservers.Database
	}
	return MySQL, user + ":" + canary + "@tcp(" + s.Addr + ")/"
}

// look samples a server as a user.
func look(t *testing.T, s *dbservers.Server, user string) *Report {
	t.Helper()
	driver, text := connString(s, user)
	if got, err := DriverOf(text); err != nil || got != driver {
		t.Fatalf("DriverOf = %q, %v", got, err)
	}
	server, err := Open(driver, text, &rdstls.Options{ServerName: endpoint, Roots: ca.Pool()})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	r, err := server.Sample(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// client connects as the superuser from a foreign address, with or without TLS,
// and stays until the test ends.
func client(t *testing.T, s *dbservers.Server, tls bool) {
	t.Helper()
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(foreign)}}
		return d.DialContext(ctx, "tcp", s.Addr)
	}
	var db *sql.DB
	if s.Kind == dbservers.Postgres {
		mode := map[bool]string{true: "require", false: "disable"}[tls]
		cfg, err := pgx.ParseConfig("postgres://" + dbservers.User + ":" + dbservers.Password + "@" + s.Addr + "/" +
			dbservers.Database + "?application_name=client&sslmode=" + mode)
		if err != nil {
			t.Fatal(err)
		}
		cfg.DialFunc = dial
		db = stdlib.OpenDB(*cfg)
	} else {
		cfg, err := rdsmysql.ParseDSN(dbservers.User + ":" + dbservers.Password + "@tcp(" + s.Addr + ")/?connectionAttributes=program_name:client")
		if err != nil {
			t.Fatal(err)
		}
		cfg.DialFunc = dial
		if cfg.TLSConfig = "false"; tls {
			cfg.TLSConfig = "skip-verify"
		}
		connector, err := mysql.NewConnector(cfg)
		if err != nil {
			t.Fatal(err)
		}
		db = sql.OpenDB(connector)
	}
	t.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	if err := db.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// of returns the sessions of the test's clients.
func of(r *Report) (encrypted, plain, hidden int) {
	for _, s := range r.Sessions {
		switch {
		case s.User != dbservers.User:
		case s.Encrypted == nil:
			hidden += s.Count
		case s.CutOff():
			plain += s.Count
		case *s.Encrypted && strings.HasPrefix(s.TLSVersion, "TLSv1.") && s.Cipher != "" && s.Address == foreign:
			encrypted += s.Count
		}
	}
	return encrypted, plain, hidden
}

// TestSessions checks, in turn on servers of its own, that a client with TLS is not
// reported, that one without is, and that a role without rights never turns
// "not visible" into "encrypted".
func TestSessions(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, shared *dbservers.Server) {
		s := dbservers.Start(t, shared.Installation, serverOptions(shared.Installation))
		client(t, s, true)
		r := look(t, s, "seer")
		if encrypted, plain, hidden := of(r); encrypted != 1 || plain != 0 || hidden != 0 || r.Found() || r.Unknown() {
			t.Errorf("a TLS client: %+v, notes %q", r.Sessions, r.Notes)
		}
		client(t, s, false)
		r = look(t, s, "seer")
		if encrypted, plain, hidden := of(r); encrypted != 1 || plain != 1 || hidden != 0 || !r.Found() {
			t.Errorf("a plaintext client: %+v, notes %q", r.Sessions, r.Notes)
		}
		if r.Enforced != "off" || r.Endpoint != endpoint || r.Engine != string(s.Kind) || r.Sessions[0].Address != foreign {
			t.Errorf("%s %s, enforced %s, worst session %+v", r.Engine, r.Endpoint, r.Enforced, r.Sessions[0])
		}
		checkApplication(t, r)
		if s.Kind != dbservers.Postgres {
			checkAccounts(t, r)
		}
		r = look(t, s, "blind")
		if r.Found() || !r.Unknown() {
			t.Errorf("a role without rights: %+v", r.Sessions)
		}
		for _, session := range r.Sessions {
			if session.User == dbservers.User && session.Encrypted != nil {
				t.Errorf("a role without rights sees %+v", session)
			}
		}
		if notes := strings.Join(r.Notes, " "); !strings.Contains(notes, "GRANT ") {
			t.Errorf("a role without rights: notes %q", r.Notes)
		}
	})
}

func checkApplication(t *testing.T, r *Report) {
	t.Helper()
	for _, s := range r.Sessions {
		if s.User == dbservers.User && s.Application != "client" {
			t.Errorf("application %q", s.Application)
		}
	}
}

func checkAccounts(t *testing.T, r *Report) {
	t.Helper()
	blind := false
	for _, a := range r.Accounts {
		blind = blind || a == Account{"blind", "%"}
		if a.User == "seer" || strings.HasPrefix(a.User, "mysql.") || a.User == "mariadb.sys" {
			t.Errorf("account %+v is listed", a)
		}
	}
	if !blind {
		t.Errorf("accounts %+v, notes %q", r.Accounts, r.Notes)
	}
}

// TestRefusesImpostor checks that the command connects to no server that is not
// the endpoint, and that no error holds the password.
func TestRefusesImpostor(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		driver, text := connString(s, "seer")
		for name, opts := range map[string]*rdstls.Options{
			"name":  {ServerName: "billing.c9akciq32xyz.eu-west-1.rds.amazonaws.com", Roots: ca.Pool()},
			"roots": {ServerName: endpoint, Roots: testcerts.New("eu-west-2", testcerts.ECC384).Pool()},
		} {
			server, err := Open(driver, text, opts)
			if err != nil {
				t.Fatal(err)
			}
			_, err = server.Sample(t.Context())
			if err == nil || strings.Contains(err.Error(), canary) {
				t.Errorf("wrong %s: %v", name, err)
			}
			server.Close()
		}
		if _, err := Open(driver, text, &rdstls.Options{}); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("an address that is no endpoint: %v", err)
		}
	})
}

// TestWatch checks that a client that came and went between two samples of a
// watch is in the result.
func TestWatch(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		driver, text := connString(s, "seer")
		server, err := Open(driver, text, &rdstls.Options{ServerName: endpoint, Roots: ca.Pool()})
		if err != nil {
			t.Fatal(err)
		}
		defer server.Close()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		r, err := server.Watch(ctx, 10*time.Millisecond, time.Hour, func(samples int) {
			if samples == 3 {
				cancel()
			}
		})
		if err != nil || r.Samples != 3 {
			t.Errorf("%v, %+v", err, r)
		}
	})
}
