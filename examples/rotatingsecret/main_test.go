package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"os"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

var servers = exampledb.Servers(dbservers.Postgres, dbservers.MySQL, dbservers.MariaDB)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// A secret is one that the test changes.
type secret struct{ data atomic.Pointer[[]byte] }

func (s *secret) set(t *testing.T, user, password string) {
	t.Helper()
	data, err := json.Marshal(map[string]string{"username": user, "password": password})
	if err != nil {
		t.Fatal(err)
	}
	s.data.Store(&data)
}

// options returns those of the program, for the servers of the test.
func (s *secret) options() *rdstls.Options {
	opts := exampledb.Trust()
	opts.Password = fromSecret(func(context.Context) ([]byte, error) { return *s.data.Load(), nil })
	return opts
}

// open opens a database with a wrong password in the string: the secret's counts.
func open(t *testing.T, s *dbservers.Server, user string, opts *rdstls.Options) *sql.DB {
	t.Helper()
	rename := strings.NewReplacer(dbservers.User+":"+dbservers.Password, user+":of-the-string")
	connect, connString := rdspgx.OpenDB, exampledb.PostgresURL(s.Addr)
	if s.Kind != dbservers.Postgres {
		connect, connString = rdsmysql.OpenDB, exampledb.MySQLDSN(s.Addr)
	}
	db, err := connect(rename.Replace(connString), opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// alter sets the password of user app, as a rotation does.
func alter(t *testing.T, s *dbservers.Server, admin *sql.DB, verb, password string) {
	t.Helper()
	statement := verb + " ROLE app LOGIN PASSWORD '" + password + "'"
	if s.Kind != dbservers.Postgres {
		statement = verb + " USER app IDENTIFIED BY '" + password + "'"
	}
	if _, err := admin.ExecContext(t.Context(), statement); err != nil {
		t.Fatal(err)
	}
}

// The password of a live pool is changed: in the database, then in the secret.
func TestRotation(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		var root, app secret
		root.set(t, dbservers.User, dbservers.Password)
		admin := open(t, s, dbservers.User, root.options())
		alter(t, s, admin, "CREATE", "first")
		if s.Kind != dbservers.Postgres {
			if _, err := admin.ExecContext(t.Context(), "GRANT SELECT ON "+dbservers.Database+".* TO app"); err != nil {
				t.Fatal(err)
			}
		}
		app.set(t, "app", "first")
		db := open(t, s, "app", app.options())
		old, err := db.Conn(t.Context())
		if err != nil {
			t.Fatalf("connect with the first password: %v", err)
		}
		defer old.Close()

		alter(t, s, admin, "ALTER", "second")
		if conn, err := db.Conn(t.Context()); err == nil {
			conn.Close()
			t.Error("a new connection with the old password = nil, want an error: the test rotates nothing")
		} else if d, _ := rdstls.Diagnose(err); d.Reason != rdstls.ReasonLogin {
			t.Errorf("Diagnose(%v) = %q, want %q", err, d.Reason, rdstls.ReasonLogin)
		}
		app.set(t, "app", "second")
		renewed, err := db.Conn(t.Context())
		if err != nil {
			t.Fatalf("connect with the second password: %v", err)
		}
		defer renewed.Close()
		if err := old.PingContext(t.Context()); err != nil {
			t.Errorf("Ping of the old connection = %v, want nil", err)
		}
	})
}
