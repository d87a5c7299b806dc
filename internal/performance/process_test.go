// Package performance holds the benchmarks of whole processes: what a program
// pays for this module when it starts, in time, memory and size. It has no code.
package performance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
)

var servers = exampledb.Servers(dbservers.Postgres)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// build builds a program of testdata and returns its path.
func build(tb testing.TB, name string) string {
	tb.Helper()
	program := filepath.Join(tb.TempDir(), name+".exe")
	if out, err := exec.CommandContext(tb.Context(), "go", "build", "-o", program, "./testdata/"+name).CombinedOutput(); err != nil {
		tb.Fatalf("go build: %v\n%s", err, out)
	}
	return program
}

// run runs a program and returns the number that it printed, if any.
func run(tb testing.TB, program string, args ...string) float64 {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		tb.Fatalf("%s: %v", filepath.Base(program), err)
	}
	text := strings.TrimSpace(string(out))
	if text == "" {
		return 0
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		tb.Fatalf("%s printed %q, want a number", filepath.Base(program), out)
	}
	return number
}

// mean runs a program for as long as a benchmark takes and reports the mean of
// the numbers that it prints.
func mean(b *testing.B, unit, program string, args ...string) {
	b.Helper()
	var sum, runs float64
	for b.Loop() {
		sum += run(b, program, args...)
		runs++
	}
	b.ReportMetric(sum/runs, unit)
	b.ReportMetric(0, "ns/op") // of no interest: a process was started
}

// connStrings returns the strings of the programs verified and stock. The roots
// are in a file: AWS's, as a program has them today, and that of the test's
// server.
func connStrings(tb testing.TB) (verified, stock, testRoot string) {
	tb.Helper()
	dir := tb.TempDir()
	file := filepath.Join(dir, "global-bundle.pem")
	testRoot = filepath.Join(dir, "root.crt")
	for path, text := range map[string][]byte{
		file:     append(bundle.PEM(), exampledb.Authority().PEM()...),
		testRoot: exampledb.Authority().PEM(),
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	verified = exampledb.PostgresURL(exampledb.Endpoint)
	return verified, strings.Replace(verified, "sslmode=require", "sslmode=verify-full&sslrootcert="+file, 1), testRoot
}

// BenchmarkFirstConfig is the first configuration of a process. Ours parses the
// roots of a Region, the driver's a file with all.
func BenchmarkFirstConfig(b *testing.B) {
	verified, stock, _ := connStrings(b)
	b.Run("rdspgx", func(b *testing.B) { mean(b, "ns/config", build(b, "verified"), "config", verified) })
	b.Run("pgx-verify-full", func(b *testing.B) { mean(b, "ns/config", build(b, "stock"), "config", stock) })
}

// BenchmarkColdStart is a whole process, as of a function that is run rarely:
// start, configuration, connection, one query, end.
func BenchmarkColdStart(b *testing.B) {
	verified, stock, testRoot := connStrings(b)
	ours, theirs := build(b, "verified"), build(b, "stock")
	for _, s := range servers.Servers(b) {
		b.Run(s.Name()+"/rdspgx", func(b *testing.B) {
			for b.Loop() {
				run(b, ours, "query", verified, s.Addr, testRoot)
			}
		})
		b.Run(s.Name()+"/pgx-verify-full", func(b *testing.B) {
			for b.Loop() {
				run(b, theirs, "query", stock, s.Addr)
			}
		})
	}
}

// BenchmarkRetained is the heap that configurations keep, in a process of their
// own.
func BenchmarkRetained(b *testing.B) {
	program := build(b, "retained")
	for _, what := range []string{"region", "ten-regions", "shared", "pool-of-108"} {
		b.Run(what, func(b *testing.B) { mean(b, "retained-B", program, what) })
	}
}

// BenchmarkBinary is the size of the programs of BenchmarkColdStart.
func BenchmarkBinary(b *testing.B) {
	for name, program := range map[string]string{"rdspgx": "verified", "pgx": "stock"} {
		b.Run(name, func(b *testing.B) {
			info, err := os.Stat(build(b, program))
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() { // there is nothing to repeat
			}
			b.ReportMetric(float64(info.Size()), "B")
			b.ReportMetric(0, "ns/op")
		})
	}
}
