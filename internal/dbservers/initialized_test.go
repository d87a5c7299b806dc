package dbservers

import (
	"os"
	"path/filepath"
	"testing"
)

// TestInitializedOnce checks that a process uses the data directory that another one
// has left in the checkout, wherever the software was copied to, and that no process
// finds a part of one.
func TestInitializedOnce(t *testing.T) {
	checkout := t.TempDir()
	if err := os.WriteFile(filepath.Join(checkout, "go.mod"), []byte("module github.com/rdstls/go\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	tooLong := longestPath(t)
	servers.Each(t, func(t *testing.T, s *Server) {
		t.Chdir(checkout)
		kept, err := keptFor(s)
		if err != nil {
			t.Fatal(err)
		}
		keep(tooLong, kept)
		if _, err := os.Stat(kept); err == nil {
			t.Error("a part of a data directory was kept")
		}
		created := filepath.Join(t.TempDir(), "data")
		if err := os.Mkdir(created, 0o700); err != nil {
			t.Fatal(err)
		}
		for range 2 { // the second process comes too late
			keep(created, kept)
		}
		if names, err := os.ReadDir(filepath.Dir(kept)); err != nil || len(names) != 1 {
			t.Errorf("kept %v, %v, want one directory", names, err)
		}
		moved := &Server{Installation: s.Installation, engine: s.engine}
		moved.Root = filepath.Join(t.TempDir(), "software")
		if err := os.Symlink(s.Root, moved.Root); err != nil {
			t.Fatal(err)
		}
		var another workspace
		if got, err := another.initialized(t.Context(), moved); err != nil || got != kept {
			t.Errorf("initialized = %q, %v, want %q", got, err, kept)
		}
		if err := os.RemoveAll(kept); err != nil {
			t.Fatal(err)
		}
	})
}

// longestPath returns a directory that cannot be copied as a whole: it holds the
// longest path that the system allows, and its copies have longer ones.
func longestPath(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "longer")
	for os.Mkdir(path, 0o700) == nil {
		path = filepath.Join(path, "longer")
	}
	return dir
}
