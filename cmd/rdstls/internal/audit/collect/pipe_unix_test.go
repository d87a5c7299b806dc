//go:build unix

package collect

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSnapshotPipe checks that a pipe in the place of a file does not make the
// audit wait.
func TestSnapshotPipe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "describe-db-instances.json"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := (snapshot{dir}).Describe(t.Context(), Request{Action: Instances}); err == nil || !strings.Contains(code(err), "unreadable file") {
		t.Errorf("a pipe: %v", err)
	}
}
