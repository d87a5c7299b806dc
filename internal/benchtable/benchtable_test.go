package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sample returns two rounds in which every row has a benchmark.
func sample() string {
	units := map[benchmark][]string{}
	for _, r := range rows {
		b := benchmark{r.pkg, strings.ReplaceAll(r.pattern, "*", "x-1.2")}
		units[b] = append(units[b], r.unit)
	}
	var text strings.Builder
	for round := 1; round <= 2; round++ {
		for b, units := range units {
			fmt.Fprintf(&text, "goos: linux\ngoarch: amd64\npkg: %s%s\ncpu: A Processor\nBenchmark%s-2 \t 10", module, b.pkg, b.name)
			if !strings.HasPrefix(units[0], "ours-") {
				fmt.Fprintf(&text, "\t %d ours-ns\t 4 theirs-ns", round)
			}
			for _, unit := range units {
				fmt.Fprintf(&text, "\t 0.%d %s", round, unit)
			}
			text.WriteString("\nPASS\n")
		}
	}
	return text.String()
}

func TestTable(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	if err := run(strings.NewReader(sample()), &out, ""); err != nil {
		t.Fatalf("run = %v, want nil", err)
	}
	for _, want := range []string{
		"A Processor (linux/amd64)", "pgx/v5 v", "go-sql-driver/mysql v", "2 rounds",
		"| IAM token | `RatioToken/x-1.2` | 1.5 ns | 4 ns | 0.15 (0.1 to 0.2) | 1.25 | met |",
		"| first configuration of a process | `RatioFirstConfig` | 1.5 ns | 4 ns | 0.15 (0.1 to 0.2) | 0.0333 | **not met** |",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, out.String())
		}
	}
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	document := filepath.Join(t.TempDir(), "performance.md")
	if err := os.WriteFile(document, []byte("before\n"+begin+"as it was\n"+end+"after\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second finds what the first wrote
		if err := run(strings.NewReader(sample()), nil, document); err != nil {
			t.Fatalf("run = %v, want nil", err)
		}
	}
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	got := string(text)
	if !strings.HasPrefix(got, "before\n"+begin) || !strings.HasSuffix(got, end+"after\n") || strings.Contains(got, "as it was") || strings.Count(got, "IAM token") != 1 {
		t.Errorf("the document is\n%s", got)
	}
}

func TestRefuses(t *testing.T) {
	t.Parallel()
	for name, in := range map[string]string{
		"empty":           "",
		"failed":          sample() + "FAIL\n",
		"half-a-line":     "BenchmarkX-2 10 1\n",
		"not-a-number":    "BenchmarkX-2 10 one ns/op\n",
		"server-not-here": strings.ReplaceAll(sample(), "RatioConnect", "Other"),
		"metric-not-here": strings.ReplaceAll(sample(), " more-B", " B"),
	} {
		if err := run(strings.NewReader(in), new(strings.Builder), ""); err == nil {
			t.Errorf("%s: run = nil, want an error", name)
		}
	}
}
