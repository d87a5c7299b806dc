package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/testcerts"
)

var servers = exampledb.Servers(dbservers.Postgres)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// published is what run prints.
type published struct {
	Failures map[string]int   `json:"connect_failures"`
	Versions map[string]int   `json:"tls_versions"`
	Expires  map[string]int64 `json:"certificate_expires"`
}

func TestRun(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		got, log, err := observe(t, exampledb.PostgresURL(s.Addr))
		if err != nil {
			t.Fatalf("run = %v, want nil", err)
		}
		if want := map[string]int{"TLS 1.3": 1}; !maps.Equal(got.Versions, want) {
			t.Errorf("tls_versions = %v, want %v", got.Versions, want)
		}
		leaf := exampledb.Authority().Instance(exampledb.Endpoint).Leaf
		if got := got.Expires[exampledb.Endpoint]; got != leaf.NotAfter.Unix() {
			t.Errorf("certificate_expires of the endpoint = %d, want %d", got, leaf.NotAfter.Unix())
		}
		if len(got.Failures) > 0 || log != "" {
			t.Errorf("connect_failures = %v, and logged %q; want neither", got.Failures, log)
		}
	})
}

func TestRunLogin(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		got, log, err := observe(t, strings.Replace(exampledb.PostgresURL(s.Addr), dbservers.Password, "wrong", 1))
		wantFailure(t, "login", got.Failures, log, err)
	})
}

func TestRunImpostor(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	got, log, err := observe(t, exampledb.PostgresURL(impostor.Addr()))
	wantFailure(t, "not-rds", got.Failures, log, err)
	if len(got.Versions) > 0 || len(got.Expires) > 0 {
		t.Errorf("an impostor is in the metrics of verified servers: %+v", got)
	}
	impostor.WantNothing(t)
}

// TestRunStolenCertificate checks that a server with a copy of the true certificate,
// and not its key, is not in the metrics of servers.
func TestRunStolenCertificate(t *testing.T) {
	t.Parallel()
	bad := testcerts.Bad(exampledb.Authority(), exampledb.Endpoint)
	i := slices.IndexFunc(bad, func(b testcerts.BadLeaf) bool { return b.Name == "stolen-certificate" })
	impostor := exampledb.PostgresImpostorWith(t, bad[i].Cert)
	got, log, err := observe(t, exampledb.PostgresURL(impostor.Addr()))
	wantFailure(t, "not-rds", got.Failures, log, err)
	if len(got.Versions) > 0 || len(got.Expires) > 0 {
		t.Errorf("an impostor is in the metrics of servers: %+v", got)
	}
	impostor.WantNothing(t)
}

func TestRunRefusedConfiguration(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	m := newMonitor(slog.New(slog.NewTextHandler(&log, nil)))
	err := run(t.Context(), "postgres://"+exampledb.Endpoint+"/app?sslmode=disable", nil, m, io.Discard)
	if got := m.failures.String(); err == nil || got != `{"config": 1}` {
		t.Errorf("run = %v, connect_failures = %s; want an error counted as config", err, got)
	}
}

// observe runs the example and returns what it published and logged.
func observe(t *testing.T, connString string) (published, string, error) {
	t.Helper()
	var out, log bytes.Buffer
	err := run(t.Context(), connString, exampledb.Trust(), newMonitor(slog.New(slog.NewTextHandler(&log, nil))), &out)
	var got published
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatalf("run printed %q: %v", out.String(), err)
	}
	for _, secret := range []string{dbservers.Password, "wrong"} {
		if strings.Contains(out.String()+log.String(), secret) {
			t.Errorf("the password %q is in the output or the log", secret)
		}
	}
	return got, log.String(), err
}

func wantFailure(t *testing.T, reason string, failures map[string]int, log string, err error) {
	t.Helper()
	if want := map[string]int{reason: 1}; err == nil || !maps.Equal(failures, want) {
		t.Errorf("run = %v, connect_failures = %v; want an error and %v", err, failures, want)
	}
	if want := fmt.Sprintf("reason=%s advice=\"", reason); strings.Count(log, want) != 1 {
		t.Errorf("logged %q, want %s once", log, want)
	}
}
