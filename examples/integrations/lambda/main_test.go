package main

import (
	"os"
	"testing"

	"github.com/rdstls/go/internal/exampledb"
)

func TestMain(m *testing.M) { os.Exit(exampledb.Servers().Run(m)) }

// All invocations share the connection, and so one token.
func TestHandle(t *testing.T) {
	t.Parallel()
	exampledb.EachPostgresIAM(t, func(t *testing.T, s *exampledb.IAMServer) {
		h, err := newHandler(s.ConnString, exampledb.AWSConfig(), *s.Trust())
		if err != nil {
			t.Fatalf("newHandler = %v, want nil", err)
		}
		defer h.db.Close()
		for range 3 {
			r, err := h.handle(t.Context())
			if err != nil {
				t.Fatalf("handle = %v, want nil", err)
			}
			if r.Connections != 1 {
				t.Errorf("handle counted %d connections, want 1", r.Connections)
			}
		}
		if n := len(s.Verifier.Accepted()); n != 1 {
			t.Errorf("%d tokens were accepted, want 1", n)
		}
	})
}

func TestHandleRefusesImpostor(t *testing.T) {
	t.Parallel()
	impostor := exampledb.PostgresImpostor(t)
	h, err := newHandler(exampledb.PostgresURL(impostor.Addr()), exampledb.AWSConfig(), *exampledb.Trust())
	if err != nil {
		t.Fatalf("newHandler = %v, want nil: it does not connect", err)
	}
	defer h.db.Close()
	if r, err := h.handle(t.Context()); err == nil {
		t.Errorf("handle with an impostor = %+v, want an error", r)
	}
	impostor.WantNothing(t)
}
