package exampledb

import (
	"database/sql"
	"os"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/internal/dbservers"
	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
)

var servers = Servers(dbservers.Postgres, dbservers.MariaDB, dbservers.MySQL)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

func TestServers(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		var db *sql.DB
		var err error
		if s.Kind == dbservers.Postgres {
			db, err = rdspgx.OpenDB(PostgresURL(s.Addr), Trust())
		} else {
			db, err = rdsmysql.OpenDB(MySQLDSN(s.Addr), Trust())
		}
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.PingContext(t.Context()); err != nil {
			t.Errorf("Ping = %v, want nil", err)
		}
	})
}

// With the settings that the connection strings have, the stock driver tells an
// impostor everything, and WantNothing notices.
func TestImpostor(t *testing.T) {
	t.Parallel()
	impostor := PostgresImpostor(t)
	if _, err := rdspgx.Connect(t.Context(), PostgresURL(impostor.Addr()), Trust()); err == nil {
		t.Error("Connect to an impostor succeeded")
	}
	impostor.WantNothing(t)

	conn, err := pgx.Connect(t.Context(), PostgresURL(impostor.Addr()))
	if err != nil {
		t.Fatalf("pgx.Connect to an impostor = %v, want nil", err)
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Error(err)
	}
	var noticed recorder
	noticed.TB = t
	impostor.WantNothing(&noticed)
	if !noticed.failed {
		t.Error("WantNothing did not notice a login")
	}
}

// recorder is a test that fails without failing the test around it.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Errorf(string, ...any) { r.failed = true }
