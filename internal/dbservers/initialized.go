package dbservers

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
)

// initialized returns a data directory as the installation creates it. Servers run
// on copies, because copying is many times quicker than creating. The test processes
// of one checkout share it: the first that creates one leaves a copy in .servers.
func (w *workspace) initialized(ctx context.Context, s *Server) (string, error) {
	kept, err := keptFor(s)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(kept); err == nil {
		return kept, nil
	}
	dir, err := w.share("data "+kept, s.account, func(dir string) error {
		pattern := &Server{Installation: s.Installation, account: s.account, dir: dir}
		if err := s.engine.initialize(ctx, pattern); err != nil {
			return err
		}
		keep(pattern.file("data"), kept)
		return nil
	})
	return filepath.Join(dir, "data"), err
}

// keptFor returns where the data directory is kept. The name says what its content
// depends on: the server's program, who can read the files, and how they are
// created, but not in which directory, as reachable can have moved the program.
func keptFor(s *Server) (string, error) {
	program, err := os.Stat(s.path(s.server))
	if err != nil {
		return "", err
	}
	anywhere := &Server{Installation: s.Installation}
	anywhere.Root = ""
	command, statements := s.engine.initializer(anywhere)
	content := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %d", command, statements, program.Size(), os.Geteuid()))
	return filepath.Join(fetched(), "initialized", fmt.Sprintf("%s-%x", s.Name(), content[:8])), nil
}

// keep copies a data directory to where other processes look for it, so that they
// find all of it or nothing. Without the copy they create their own, so a checkout
// that cannot be written to is no error.
func keep(data, kept string) {
	if os.MkdirAll(filepath.Dir(kept), 0o755) != nil {
		return
	}
	unfinished, err := os.MkdirTemp(filepath.Dir(kept), "unfinished-")
	if err != nil {
		return
	}
	if copied := filepath.Join(unfinished, "data"); copyTree(data, copied) == nil {
		_ = os.Rename(copied, kept) // fails if another process was quicker
	}
	_ = os.RemoveAll(unfinished)
}
