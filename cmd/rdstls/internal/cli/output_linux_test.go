package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestOutputUnwritable checks that a file that may not be written is left alone,
// although its directory allows to replace it. Nobody may write a program that runs,
// root included.
func TestOutputUnwritable(t *testing.T) {
	t.Parallel()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	before, err := os.Stat(program)
	if err != nil {
		t.Fatal(err)
	}
	code, _, stderr := try(t, "version", "-o", program)
	if code != 2 || !strings.Contains(stderr, "cannot write there") || strings.Contains(stderr, filepath.Base(program)) {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if after, err := os.Stat(program); err != nil || !os.SameFile(before, after) {
		t.Errorf("the file was replaced: %v", err)
	}
}
