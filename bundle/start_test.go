package bundle_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestImportCostsNothing has the runtime list the package initializations of a program that
// imports bundle. A package is in the list if anything of it runs before main: an init
// function, or a variable that the linker cannot lay out.
func TestImportCostsNothing(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "import.exe")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./testdata/import")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	run := exec.CommandContext(t.Context(), program)
	run.Env = append(os.Environ(), "GODEBUG=inittrace=1")
	out, err := run.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	trace := string(out)
	if !strings.Contains(trace, "init crypto/x509 ") {
		t.Fatalf("not a trace of initializations:\n%s", trace)
	}
	for line := range strings.Lines(trace) {
		if strings.Contains(line, "rdstls") {
			t.Errorf("runs before main: %s", line)
		}
	}
}
