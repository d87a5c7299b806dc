package main

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/fakedb"
	rdsmysql "github.com/rdstls/go/mysql"
	rdspgx "github.com/rdstls/go/pgx"
	"github.com/rdstls/go/rdstls"
)

var servers = exampledb.Servers(dbservers.Postgres, dbservers.MariaDB, dbservers.MySQL)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

func open(t *testing.T, kind dbservers.Kind, addr string, opts *rdstls.Options) *sql.DB {
	t.Helper()
	var db *sql.DB
	var err error
	if kind == dbservers.Postgres {
		db, err = rdspgx.OpenDB(exampledb.PostgresURL(addr), opts)
	} else {
		db, err = rdsmysql.OpenDB(exampledb.MySQLDSN(addr), opts)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// ask asks a probe and returns the status, the body and what was logged. Neither
// text may hold a secret, and the body nothing about the server.
func ask(t *testing.T, db *sql.DB, timeout time.Duration) (status int, body, log string) {
	t.Helper()
	var logged bytes.Buffer
	p := probe{db: db, timeout: timeout, log: slog.New(slog.NewTextHandler(&logged, nil))}
	answer := httptest.NewRecorder()
	p.ready(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/readyz", nil))
	body, log = answer.Body.String(), logged.String()
	for _, secret := range []string{exampledb.Endpoint, "127.0.0.1", dbservers.User, dbservers.Password} {
		if strings.Contains(body, secret) {
			t.Errorf("the answer %q holds %q", body, secret)
		}
	}
	if strings.Contains(log, dbservers.Password) {
		t.Errorf("the log %q holds the password", log)
	}
	return answer.Code, body, log
}

func wantReady(t *testing.T, db *sql.DB) {
	t.Helper()
	if status, body, _ := ask(t, db, time.Minute); status != http.StatusOK || !strings.HasPrefix(body, "ready") {
		t.Errorf("/readyz = %d %q, want 200 ready", status, body)
	}
}

func wantNotReady(t *testing.T, db *sql.DB, timeout time.Duration, reason string) {
	t.Helper()
	status, body, log := ask(t, db, timeout)
	if status != http.StatusServiceUnavailable || body != "not ready: "+reason+"\n" {
		t.Errorf("/readyz = %d %q, want 503 not ready: %s", status, body, reason)
	}
	if !strings.Contains(log, "reason="+reason) {
		t.Errorf("logged %q, want the reason %s", log, reason)
	}
}

func TestReady(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		wantReady(t, open(t, s.Kind, s.Addr, exampledb.Trust()))
		other := exampledb.Trust()
		other.ServerName = "billing.c9akciq32.eu-west-1.rds.amazonaws.com"
		wantNotReady(t, open(t, s.Kind, s.Addr, other), time.Minute, "name")
	})
}

func TestNotReadyWithAnImpostor(t *testing.T) {
	t.Parallel()
	postgres, mysql := exampledb.PostgresImpostor(t), exampledb.MySQLImpostor(t)
	wantNotReady(t, open(t, dbservers.Postgres, postgres.Addr(), exampledb.Trust()), time.Minute, "not-rds")
	postgres.WantNothing(t)
	wantNotReady(t, open(t, dbservers.MySQL, mysql.Addr(), exampledb.Trust()), time.Minute, "not-rds")
	mysql.WantNothing(t)
}

// A server that falls silent, and a pool that has no connection to spare, must not
// hold the probe.
func TestNotReadyInTime(t *testing.T) {
	t.Parallel()
	const timeout = 100 * time.Millisecond
	silent := fakedb.Started(t)(fakedb.ListenPostgres(fakedb.PostgresOptions{Behavior: fakedb.Behavior{Request: fakedb.Silence}}))
	wantNotReady(t, open(t, dbservers.Postgres, silent.Addr(), exampledb.Trust()), timeout, "timeout")

	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		db := open(t, s.Kind, s.Addr, exampledb.Trust())
		db.SetMaxOpenConns(1)
		busy, err := db.Conn(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		wantNotReady(t, db, timeout, "no-answer")
		if err := busy.Close(); err != nil {
			t.Error(err)
		}
		wantReady(t, db)
	})
}

// The whole program: with an impostor in the database's place it is alive and not
// ready.
func TestRun(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	var log bytes.Buffer
	go func() { ended <- run(ctx, exampledb.PostgresURL(impostor.Addr()), exampledb.Trust(), listener, &log) }()
	for path, want := range map[string]int{"/livez": http.StatusOK, "/readyz": http.StatusServiceUnavailable} {
		answer, err := http.Get("http://" + listener.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("%s = %d, want %d", path, answer.StatusCode, want)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Errorf("run = %v, want nil", err)
	}
	impostor.WantNothing(t)
}

func TestRunRefusesConfiguration(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := run(t.Context(), "postgres://"+exampledb.Endpoint+"/app?sslmode=disable", nil, listener, os.Stderr); err == nil {
		t.Error("run with sslmode=disable = nil, want an error")
	}
}
