package main

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// TestDifferencesFile checks that the committed list can be read, and that each entry
// has a reason.
func TestDifferencesFile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("differences.txt")
	if err != nil {
		t.Fatal(err)
	}
	known, err := parseDifferences(string(text))
	if err != nil || len(known) == 0 {
		t.Errorf("parseDifferences = %d entries, %v; want some, nil", len(known), err)
	}
}

func TestParseDifferences(t *testing.T) {
	t.Parallel()
	got, err := parseDifferences("# Sockets\n# have no TLS.\np TestA\np TestB\n\n# Mocks.\np TestC/sub\n")
	want := []difference{{"p TestA", "Sockets have no TLS."}, {"p TestB", "Sockets have no TLS."}, {"p TestC/sub", "Mocks."}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("parseDifferences = %v, %v; want %v, nil", got, err, want)
	}
	for _, text := range []string{"p TestA\n", "# Why.\np TestA\n\np TestB\n", "# Why.\np TestA\np TestA\n"} {
		if _, err := parseDifferences(text); err == nil {
			t.Errorf("parseDifferences(%q) = nil, want an error", text)
		}
	}
}

// TestDiffer checks that a failure and a test that did not run count, and what fails
// or is skipped without the adapter does not.
func TestDiffer(t *testing.T) {
	t.Parallel()
	stock := results{"p A": "pass", "p B": "pass", "p C": "pass", "p D": "fail", "p E": "skip"}
	ours := results{"p A": "pass", "p B": "fail", "p D": "fail", "p E": "fail"}
	want := []difference{{test: "p B"}, {test: "p C"}}
	if got := differ(stock, ours); !slices.Equal(got, want) {
		t.Errorf("differ = %v, want %v", got, want)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	a, b := difference{"p A", "why"}, difference{"p B", "why"}
	if err := compare([]difference{a}, []difference{a}); err != nil {
		t.Errorf("compare = %v, want nil", err)
	}
	err := compare([]difference{a}, []difference{b})
	if err == nil || !strings.Contains(err.Error(), "not in the list: p A") || !strings.Contains(err.Error(), "does not fail: p B") {
		t.Errorf("compare = %v, want an error about A and B", err)
	}
}

// TestApply checks that a driver whose code has moved is an error: its tests would run
// past the adapter.
func TestApply(t *testing.T) {
	t.Parallel()
	got, err := apply("x\nx\n", []change{{"x\n", "y\n", 2}})
	if err != nil || got != "y\ny\n" {
		t.Errorf("apply = %q, %v; want the change, nil", got, err)
	}
	if _, err := apply("x\n", []change{{"x\n", "y\n", 2}}); err == nil {
		t.Error("apply with another number of occurrences = nil, want an error")
	}
}

func TestParseResults(t *testing.T) {
	t.Parallel()
	const pass = `{"Action":"pass","Package":"p","Test":"TestA"}` + "\n"
	got, err := parseResults(`{"Action":"run","Package":"p","Test":"TestA"}` + "\n" + pass + `{"Action":"pass","Package":"p"}` + "\n")
	if err != nil || len(got) != 1 || got["p TestA"] != "pass" || got.passed() != 1 {
		t.Errorf("parseResults = %v, %v; want one pass, nil", got, err)
	}
	got, err = parseResults(`{"Action":"pass","Package":"p","Test":"TestB/file='/tmp/TestB1056386851/001/x.conf'_y"}` + "\n")
	if err != nil || got["p TestB/file='/tmp/TestB/001/x.conf'_y"] != "pass" {
		t.Errorf("parseResults = %v, %v; want a name without the random part of the directory", got, err)
	}
	for _, bad := range []string{
		`{"Action":"build-fail","ImportPath":"p"}`,
		`{"Action":"output","Package":"p","Test":"TestA","Output":"panic: broken\n"}`,
		"not JSON",
	} {
		if _, err := parseResults(pass + bad + "\n"); err == nil {
			t.Errorf("parseResults with %s = nil, want an error", bad)
		}
	}
}
