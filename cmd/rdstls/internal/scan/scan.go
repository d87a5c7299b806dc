// Package scan finds database clients that do not verify their servers in files
// other than Go source: configuration, scripts, infrastructure code, and source in
// other languages. It reads them as text, because templates are no valid YAML.
//
// No finding contains a connection string or a line of a file.
package scan

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
	"github.com/rdstls/go/cmd/rdstls/internal/suppress"
)

// A Level says how sure and how bad a finding is.
type Level int

// The levels.
const (
	Silent Level = iota
	Note
	Warning
	Error
)

// String returns the level as JSON output has it.
func (l Level) String() string { return [...]string{"", "note", "warning", "error"}[l] }

// A Finding is one place where verification is missing.
type Finding struct {
	Rule    string
	Level   Level
	Path    string
	Line    int // from 1
	Column  int // in bytes, from 1
	Host    connstr.HostClass
	Message string
	Target  string // the hosts on the line, which tell findings apart and are not shown
}

// Options say which files are read.
type Options struct {
	Tests    bool // also unit tests, testdata and the directories of CI systems
	Markdown bool
	// Progress is called after each file, if not nil.
	Progress func(done, total int)
}

// A Result is what was found.
type Result struct {
	Files    int // how many were read
	Findings []Finding
	Ignored  []suppress.Comment // the comments that suppress findings
	Failed   []string           // paths that could not be read
}

// Paths reads the files under paths, or those themselves, and returns what it
// found, by path and line. The error is that of done, if it ends early: what was
// found until then is returned all the same.
func Paths(done <-chan struct{}, paths []string, opts Options) (Result, error) {
	files, failed := list(paths, opts)
	s := &scanner{result: Result{Failed: failed}, progress: opts.Progress, total: len(files)}
	work := make(chan string)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for path := range work {
				s.scanFile(path)
			}
		})
	}
	err := feed(done, files, work)
	close(work)
	workers.Wait()
	s.result.sort()
	return s.result, err
}

// ErrStopped is returned by Paths when it was told to stop.
var ErrStopped = errors.New("stopped before all files were read")

func feed(done <-chan struct{}, files []string, work chan<- string) error {
	for _, path := range files {
		select {
		case work <- path:
		case <-done:
			return ErrStopped
		}
	}
	return nil
}

type scanner struct {
	progress func(done, total int)
	total    int

	mu     sync.Mutex
	done   int
	result Result
}

func (s *scanner) scanFile(path string) {
	data, err := readFile(path)
	var findings []Finding
	var ignored []suppress.Comment
	if err == nil && data != nil {
		findings, ignored = File(path, data)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		s.result.Failed = append(s.result.Failed, path)
		return
	}
	s.done++
	if data != nil {
		s.result.Files++
	}
	s.result.Findings = append(s.result.Findings, findings...)
	s.result.Ignored = append(s.result.Ignored, ignored...)
	if s.progress != nil {
		s.progress(s.done, s.total)
	}
}

// maxSize bounds the memory of a scan. Larger files are data.
const maxSize = 1 << 20

// readFile returns nil for what is no text.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSize {
		return nil, err
	}
	data, err := os.ReadFile(path)
	if slices.Contains(data[:min(len(data), 8000)], 0) {
		return nil, err
	}
	return data, err
}

func (r *Result) sort() {
	slices.SortFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule))
	})
	slices.SortFunc(r.Ignored, func(a, b suppress.Comment) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Line, b.Line))
	})
	slices.Sort(r.Failed)
}

// list returns the files under paths in their order, without repetition, and the
// paths that could not be listed.
func list(paths []string, opts Options) (files, failed []string) {
	seen := map[string]bool{}
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			switch {
			case err != nil:
				failed = append(failed, path)
				return nil
			case d.IsDir() && path != root && (skipsDir(path, opts) || isInstalled(path)):
				return filepath.SkipDir
			case d.IsDir(), path != root && !readsFile(below(root, path), opts), strings.HasSuffix(path, ".go"): // the analyzers read Go
				return nil
			}
			if clean := filepath.Clean(path); !seen[clean] {
				seen[clean] = true
				files = append(files, clean)
			}
			return nil
		})
		if err != nil {
			failed = append(failed, root)
		}
	}
	return files, failed
}

// below returns path as seen from root. The names of the directories around root do
// not matter: the user named it.
func below(root, path string) string {
	rel, err := filepath.Rel(root, path)
	if err != nil {
		return filepath.Base(path)
	}
	return rel
}
