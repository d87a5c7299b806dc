package main

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/exampledb"
)

// What the database said is in the log, and not in the answer.
func TestErrorIsLogged(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	pool, err := newPool(t.Context(), exampledb.PostgresURL(impostor.Addr()), exampledb.Trust())
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	var log strings.Builder
	answer := httptest.NewRecorder()
	request := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/time", nil)
	newHandler(pool, slog.New(slog.NewTextHandler(&log, nil))).ServeHTTP(answer, request)
	if got, want := answer.Body.String(), "the database does not answer\n"; answer.Code != http.StatusServiceUnavailable || got != want {
		t.Errorf("GET /time = %d, %q, want %d, %q", answer.Code, got, http.StatusServiceUnavailable, want)
	}
	if !strings.Contains(log.String(), "reason=not-rds") {
		t.Errorf("log %q, want a reason", log.String())
	}
}
