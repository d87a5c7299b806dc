package main

import (
	"io"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/rdstls"
)

func TestRun(t *testing.T) {
	t.Parallel()
	s := exampledb.MySQLIAM(t)
	var out strings.Builder
	if err := run(t.Context(), s.ConnString, exampledb.AWSConfig(), *s.Trust(), &out); err != nil {
		t.Fatalf("run = %v, want nil", err)
	}
	want := strings.Repeat("verified, and logged in with a token; select 1 returned 1\n", 2)
	if got := out.String(); got != want {
		t.Errorf("run printed %q, want %q", got, want)
	}
	if n := len(s.Verifier.Accepted()); n != 2 {
		t.Errorf("%d tokens were accepted, want 2", n)
	}
}

// A token for the wrong port is what an alias without the port of the endpoint
// leads to.
func TestRunRefused(t *testing.T) {
	t.Parallel()
	s := exampledb.MySQLIAM(t)
	var out strings.Builder
	err := run(t.Context(), s.ConnString, exampledb.AWSConfig(), *exampledb.Trust(), &out)
	if d, ok := rdstls.Diagnose(err); !ok || d.Reason != rdstls.ReasonLogin || out.String() != "" {
		t.Errorf("run = %v, printing %q; want a refused login", err, out.String())
	}
}

func TestRunRefusesImpostor(t *testing.T) {
	t.Parallel()
	impostor := exampledb.MySQLImpostor(t)
	if err := run(t.Context(), exampledb.MySQLDSN(impostor.Addr()), exampledb.AWSConfig(), *exampledb.Trust(), io.Discard); err == nil {
		t.Error("run with an impostor succeeded")
	}
	impostor.WantNothing(t)
}
