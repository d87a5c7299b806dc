package scan_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/scan"
)

// TestPathsOfTests checks that code in directories of tests is skipped below the
// directory that was named, and not because of the names around it. Configuration
// there is read.
func TestPathsOfTests(t *testing.T) {
	root := filepath.Join(t.TempDir(), "tests")
	for _, name := range []string{".env", "a.py", "tests/b.py", "tests/c.yaml", "tests/d.tf"} {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(root)
	for path, want := range map[string]int{".": 4, root: 4, "tests": 3, "tests/b.py": 1} {
		if result, err := scan.Paths(nil, []string{path}, scan.Options{}); err != nil || result.Files != want {
			t.Errorf("%s: %d files, %v, want %d", path, result.Files, err, want)
		}
	}
}
