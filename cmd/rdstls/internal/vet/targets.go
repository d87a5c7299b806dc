package vet

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// targets are the arguments of a run, sorted by what they are.
type targets struct {
	paths    []string // directories and files
	patterns []string // import paths, for the go command
}

// targetsOf takes "dir/..." for dir: a directory always means everything below it.
func targetsOf(args []string) targets {
	var t targets
	for _, arg := range args {
		path := strings.TrimSuffix(strings.TrimSuffix(arg, "..."), "/")
		switch {
		case path == "" && strings.HasPrefix(arg, "/"):
			path = "/"
		case path == "":
			path = "."
		}
		if _, err := os.Stat(path); err == nil || strings.HasPrefix(arg, ".") || filepath.IsAbs(arg) {
			t.paths = append(t.paths, path)
		} else {
			t.patterns = append(t.patterns, arg)
		}
	}
	return t
}

// A module is a Go module with the parts of it that are to be judged.
type module struct {
	dir      string
	patterns []string // for the go command, run in dir
}

// modules returns the modules that hold the paths, and those nested below them.
func (t targets) modules() []module {
	var modules []module
	add := func(dir, pattern string) {
		i := slices.IndexFunc(modules, func(m module) bool { return m.dir == dir })
		if i < 0 {
			modules = append(modules, module{dir: dir})
			i = len(modules) - 1
		}
		if !slices.Contains(modules[i].patterns, pattern) {
			modules[i].patterns = append(modules[i].patterns, pattern)
		}
	}
	for _, path := range t.paths {
		absolute, err := filepath.Abs(path)
		if err != nil {
			continue
		}
		info, err := os.Stat(absolute)
		if err != nil {
			continue
		}
		pattern := "/..."
		if !info.IsDir() {
			if filepath.Ext(absolute) != ".go" {
				continue
			}
			absolute, pattern = filepath.Dir(absolute), ""
		}
		if root := moduleOf(absolute); root != "" {
			if rel, err := filepath.Rel(root, absolute); err == nil {
				add(root, "./"+strings.TrimPrefix(filepath.ToSlash(rel)+pattern, "./"))
			}
		}
		if info.IsDir() {
			for _, nested := range nestedModules(absolute) {
				add(nested, "./...")
			}
		}
	}
	if len(t.patterns) > 0 {
		if wd, err := os.Getwd(); err == nil {
			modules = append(modules, module{dir: wd, patterns: t.patterns})
		}
	}
	return modules
}

// moduleOf returns the directory of the go.mod that dir belongs to, or "".
func moduleOf(dir string) string {
	for {
		if isFile(filepath.Join(dir, "go.mod")) || isFile(filepath.Join(dir, "go.work")) {
			return dir
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return ""
		}
		dir = parent
	}
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// nestedModules returns the directories below dir that have a go.mod.
func nestedModules(dir string) []string {
	var found []string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return nil
		}
		switch name := d.Name(); {
		case path == dir:
		case name == "vendor", name == "node_modules", name == "testdata", strings.HasPrefix(name, "."), strings.HasPrefix(name, "_"):
			return filepath.SkipDir
		case isFile(filepath.Join(path, "go.mod")):
			found = append(found, path)
		}
		return nil
	})
	return found
}
