package main

import (
	"database/sql"
	"strings"
	"testing"
	"time"

	"gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

type openFunc = func(string, *rdstls.Options) (*sql.DB, error)

func open(t *testing.T, opener openFunc, connString string) *gorm.DB {
	t.Helper()
	db, err := opener(connString, exampledb.Trust())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1) // the temporary tables belong to one connection
	g, err := gorm.Open(postgres.New(postgres.Config{Conn: db, PreferSimpleProtocol: true}), &gorm.Config{
		Logger: logger.Discard,
	})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// TestSimpleProtocol checks that a changed table breaks no query with
// default_query_exec_mode, and that GORM's PreferSimpleProtocol is not enough.
func TestSimpleProtocol(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		url := exampledb.PostgresURL(s.Addr)
		const stale = "cached plan must not change result type"
		if err := queryChangedTable(t, open(t, openPostgres, url)); err == nil || !strings.Contains(err.Error(), stale) {
			t.Errorf("without default_query_exec_mode: %v, want %q", err, stale)
		}
		if err := queryChangedTable(t, open(t, openPostgres, url+"&default_query_exec_mode=simple_protocol")); err != nil {
			t.Errorf("with default_query_exec_mode: %v, want nil", err)
		}
	}, dbservers.Postgres)
}

func queryChangedTable(t *testing.T, db *gorm.DB) error {
	t.Helper()
	query := func() error {
		var rows []map[string]any
		return db.Raw("select * from pieces").Scan(&rows).Error
	}
	if err := db.Exec("create temporary table pieces (id int)").Error; err != nil {
		t.Fatal(err)
	}
	if err := query(); err != nil {
		t.Fatal(err)
	}
	if err := db.Exec("alter table pieces add column name text").Error; err != nil {
		t.Fatal(err)
	}
	return query()
}

// TestTimeZone checks that a timestamp comes back as it was written, and that it does
// not with rdspgx.OpenDB.
func TestTimeZone(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		url := exampledb.PostgresURL(s.Addr) + "&TimeZone=Asia/Shanghai"
		for _, tt := range []struct {
			name    string
			opener  openFunc
			shifted time.Duration
		}{
			{"openPostgres", openPostgres, 0},
			{"rdspgx.OpenDB", rdspgx.OpenDB, 8 * time.Hour},
		} {
			db := open(t, tt.opener, url)
			loc, err := time.LoadLocation("Asia/Shanghai")
			if err != nil {
				t.Fatal(err)
			}
			written := time.Date(2026, 11, 25, 12, 0, 0, 0, loc)
			var read time.Time
			if err := db.Raw("select cast(? as timestamp)", written.Format(time.DateTime)).Row().Scan(&read); err != nil {
				t.Fatal(err)
			}
			if got := read.Sub(written); got != tt.shifted {
				t.Errorf("%s: %v was read as %v, which is %v later; want %v", tt.name, written, read, got, tt.shifted)
			}
		}
	}, dbservers.Postgres)
}

// TestTimeZoneUnknown checks that a zone that Go does not know is an error at once.
func TestTimeZoneUnknown(t *testing.T) {
	t.Parallel()
	if _, err := openPostgres("postgres://app@"+exampledb.Endpoint+"/app?TimeZone=Mars", nil); err == nil {
		t.Error("openPostgres = nil, want an error")
	}
}
