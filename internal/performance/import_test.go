package performance

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

const module = "github.com/rdstls/go/"

// BenchmarkImport is what runs before main in a program that imports every
// package of this module.
func BenchmarkImport(b *testing.B) {
	program := build(b, "import")
	var clock time.Duration
	var bytes, runs int
	for b.Loop() {
		_, c, n := inits(b, program)
		clock += c
		bytes += n
		runs++
	}
	b.ReportMetric(float64(clock.Nanoseconds())/float64(runs), "ns/init")
	b.ReportMetric(float64(bytes)/float64(runs), "B/init")
	b.ReportMetric(0, "ns/op")
}

// TestImport has the runtime list the package initializations of a program. A
// package is in the list if anything of it runs before main: an init function, or
// a variable that the linker cannot lay out.
func TestImport(t *testing.T) {
	t.Parallel()
	if lines, _, _ := inits(t, build(t, "import")); len(lines) > 0 {
		t.Errorf("runs before main:\n%s", strings.Join(lines, ""))
	}
}

// inits returns the lines of this module in the list, and their sums.
func inits(tb testing.TB, program string) (lines []string, clock time.Duration, bytes int) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), program)
	cmd.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "init crypto/x509 ") {
		tb.Fatalf("no trace of initializations: %v\n%s", err, out)
	}
	for line := range strings.Lines(string(out)) {
		var pkg string
		var at, ms float64
		var n int
		if _, err := fmt.Sscanf(line, "init %s @%f ms, %f ms clock, %d bytes", &pkg, &at, &ms, &n); err == nil && strings.HasPrefix(pkg, module) {
			lines = append(lines, line)
			clock += time.Duration(ms * float64(time.Millisecond))
			bytes += n
		}
	}
	return lines, clock, bytes
}
