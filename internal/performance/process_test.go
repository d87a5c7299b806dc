// Package performance holds the benchmarks of whole processes: what a program
// pays for this module when it starts, in time, memory and size. It has no code.
package performance

import (
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
	"github.com/rdstls/go/internal/sidebyside"
	"github.com/rdstls/go/internal/testcerts"
)

// authority has the kind of key that RDS uses unless told otherwise.
var authority = testcerts.New("eu-west-1", testcerts.RSA2048)

const endpoint = "orders.c9akciq32.eu-west-1.rds.amazonaws.com"

var servers = dbservers.NewSet(func(dbservers.Installation) dbservers.Options {
	chain, key := testcerts.PEMFiles(authority.Instance(endpoint))
	return dbservers.Options{Chain: chain, Key: key}
}, dbservers.Postgres)

func TestMain(m *testing.M) { os.Exit(servers.Run(m)) }

// build builds a program of testdata and returns its path.
func build(tb testing.TB, name string, flags ...string) string {
	tb.Helper()
	program := filepath.Join(tb.TempDir(), name+".exe")
	args := append(append([]string{"build"}, flags...), "-o", program, "./testdata/"+name)
	if out, err := exec.CommandContext(tb.Context(), "go", args...).CombinedOutput(); err != nil {
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

// connStrings returns the strings of the programs verified and stock. The roots
// are in a file: AWS's, as a program has them today, and that of the test's
// server.
func connStrings(tb testing.TB) (verified, stock, testRoot string) {
	tb.Helper()
	dir := tb.TempDir()
	file := filepath.Join(dir, "global-bundle.pem")
	testRoot = filepath.Join(dir, "root.crt")
	for path, text := range map[string][]byte{
		file:     append(bundle.PEM(), authority.PEM()...),
		testRoot: authority.PEM(),
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	verified = exampledb.PostgresURL(endpoint)
	return verified, strings.Replace(verified, "sslmode=require", "sslmode=verify-full&sslrootcert="+file, 1), testRoot
}

// BenchmarkRatioFirstConfig is the first configuration of a process. Ours parses
// the roots of a Region, the driver's a file with all.
func BenchmarkRatioFirstConfig(b *testing.B) {
	_, stock, _ := connStrings(b)
	ours, theirs := build(b, "verified"), build(b, "stock")
	sidebyside.Compare(b, "ns",
		func() float64 { return run(b, ours, "config") },
		func() float64 { return run(b, theirs, "config", stock) })
}

// BenchmarkFirstParse is what crypto/x509 takes for the three roots of that
// Region, in a process of its own: BenchmarkRatioFirstConfig cannot be below it.
func BenchmarkFirstParse(b *testing.B) {
	var roots []byte
	for root := range bundle.Roots() {
		if root.Region == "eu-west-1" {
			roots = append(roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate.Raw})...)
		}
	}
	file := filepath.Join(b.TempDir(), "roots.pem")
	if err := os.WriteFile(file, roots, 0o600); err != nil {
		b.Fatal(err)
	}
	program := build(b, "parse")
	var took []float64
	for b.Loop() {
		took = append(took, run(b, program, file))
	}
	b.ReportMetric(sidebyside.Median(took), "ns/parse")
	b.ReportMetric(0, "ns/op") // of no interest: a process was started
}

// BenchmarkRatioColdStart is a whole process, as of a function that is run
// rarely: start, configuration, connection, one query, end.
func BenchmarkRatioColdStart(b *testing.B) {
	verified, stock, testRoot := connStrings(b)
	ours, theirs := build(b, "verified"), build(b, "stock")
	for _, s := range servers.Servers(b) {
		b.Run(s.Name(), func(b *testing.B) {
			sidebyside.Compare(b, "ns",
				sidebyside.Timed(func() { run(b, ours, "query", verified, s.Addr, testRoot) }),
				sidebyside.Timed(func() { run(b, theirs, "query", stock, s.Addr) }))
		})
	}
}

// BenchmarkRatioRetained is the heap that configurations keep, in a process of
// their own, beside that of a driver's pool of all roots.
func BenchmarkRatioRetained(b *testing.B) {
	program := build(b, "retained")
	for _, what := range []string{"region", "ten-regions", "shared"} {
		b.Run(what, func(b *testing.B) {
			sidebyside.Compare(b, "B",
				func() float64 { return run(b, program, what) },
				func() float64 { return run(b, program, "pool-of-108") })
		})
	}
}

// BenchmarkRatioBinary is the size of two programs that differ in one line, as go
// build makes them and without symbols, as images are shipped.
func BenchmarkRatioBinary(b *testing.B) {
	for name, flags := range map[string]string{"default": "", "stripped": "-s -w"} {
		b.Run(name, func(b *testing.B) {
			size := func(program string) sidebyside.Measure {
				info, err := os.Stat(build(b, program, "-ldflags="+flags))
				if err != nil {
					b.Fatal(err)
				}
				return func() float64 { return float64(info.Size()) }
			}
			ours, theirs := size("rdspgx"), size("pgx")
			sidebyside.Compare(b, "B", ours, theirs)
			b.ReportMetric(ours()-theirs(), "more-B")
		})
	}
}
