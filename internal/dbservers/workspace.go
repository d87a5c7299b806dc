package dbservers

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
)

// A workspace is the temporary directory of a test process. It holds a directory for
// every running server, and what servers of one installation share.
type workspace struct {
	mu     sync.Mutex
	dir    string
	shared map[string]*sharedFolder
}

// A sharedFolder is filled once, by whoever needs it first.
type sharedFolder struct {
	once sync.Once
	path string
	err  error
}

// ours is the workspace of this process.
var ours workspace

// Cleanup removes what the servers of this process shared. [Set.Run] calls it;
// a package without a [Set] calls it when its servers have stopped.
func Cleanup() error {
	ours.mu.Lock()
	defer ours.mu.Unlock()
	err := os.RemoveAll(ours.dir)
	ours.dir, ours.shared = "", nil
	return err
}

// newDir creates a directory for as, which may enter it.
func (w *workspace) newDir(name string, as account) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.dir == "" {
		parent := os.TempDir()
		if !as.canEnter(parent) && as.canEnter("/tmp") {
			parent = "/tmp" // TMPDIR is root's alone
		}
		dir, err := os.MkdirTemp(parent, "dbservers-")
		if err != nil {
			return "", err
		}
		w.dir = dir
		if err := os.Chmod(dir, 0o755); err != nil {
			return "", err
		}
	}
	// Names stay short: the path of a Unix socket ends at 103 bytes on macOS.
	dir, err := os.MkdirTemp(w.dir, name+"-")
	if err != nil {
		return "", err
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	return dir, as.own(dir)
}

// share returns the directory called key, which fill creates the first time.
func (w *workspace) share(key string, as account, fill func(dir string) error) (string, error) {
	w.mu.Lock()
	if w.shared == nil {
		w.shared = make(map[string]*sharedFolder)
	}
	s := w.shared[key]
	if s == nil {
		s = new(sharedFolder)
		w.shared[key] = s
	}
	w.mu.Unlock()
	s.once.Do(func() {
		if s.path, s.err = w.newDir("shared", as); s.err == nil {
			s.err = fill(s.path)
		}
	})
	return s.path, s.err
}

// reachable returns the installation, or a copy of it where the account can run
// it: a checkout in root's home, or CI's, is closed to other users.
func (w *workspace) reachable(in Installation, as account) (Installation, error) {
	if as.canEnter(filepath.Dir(in.path(in.server))) {
		return in, nil
	}
	if filepath.Dir(in.Root) != fetched() {
		return in, fmt.Errorf("dbservers: %s: user %d, as which it has to run, cannot enter this directory", in.Root, as.uid)
	}
	dir, err := w.share("software "+in.Root, as, func(dir string) error {
		return copyTree(in.Root, filepath.Join(dir, "software"))
	})
	in.Root = filepath.Join(dir, "software")
	return in, err
}
