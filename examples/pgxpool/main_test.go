package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
)

var servers = exampledb.Servers(dbservers.Postgres)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

func listen(t *testing.T) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return listener
}

// get returns the status and the body of the answer to a request.
func get(t *testing.T, url string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Error(err)
		return 0, ""
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Error(err)
	}
	return response.StatusCode, strings.TrimSpace(string(body))
}

func TestRun(t *testing.T) {
	t.Parallel()
	servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		listener := listen(t)
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			ended <- run(ctx, listener, exampledb.PostgresURL(s.Addr), exampledb.Trust(), io.Discard)
		}()
		status, body := get(t, "http://"+listener.Addr().String()+"/time")
		if _, err := time.Parse(time.RFC3339, body); status != http.StatusOK || err != nil {
			t.Errorf("GET /time = %d, %q, want %d and a time", status, body, http.StatusOK)
		}
		stop()
		if err := <-ended; err != nil {
			t.Errorf("run = %v, want nil", err)
		}
	})
}

func TestPoolSettings(t *testing.T) {
	t.Parallel()
	pool, err := newPool(t.Context(), "postgres://app@"+exampledb.Endpoint+"/orders?sslmode=require", nil)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	if got := pool.Config().MaxConns; got != 20 {
		t.Errorf("the pool may open %d connections, want 20", got)
	}
}

func TestMalformedURL(t *testing.T) {
	t.Parallel()
	_, err := newPool(t.Context(), "postgres://app:canary%4@"+exampledb.Endpoint+"/orders", nil)
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("newPool = %v, want an error without the password", err)
	}
}

func TestImpostor(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute) // lest it serves
	defer cancel()
	if err := run(ctx, listen(t), exampledb.PostgresURL(impostor.Addr()), exampledb.Trust(), io.Discard); err == nil {
		t.Error("run = nil, want an error")
	}
	impostor.WantNothing(t)
}
