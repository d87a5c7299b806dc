package dbservers

import (
	"os"
	"path/filepath"
	"regexp"
)

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// resolve follows symbolic links, so that one installation is found once.
func resolve(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return path
}

// fetched returns the directory that the install scripts fill, or a path that does
// not exist if the working directory is in no checkout of the repository.
func fetched() string {
	dir, err := os.Getwd()
	for err == nil {
		// examples/integrations has a go.mod of its own: look for the module.
		mod, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && moduleLine.Match(mod) {
			return filepath.Join(dir, ".servers")
		}
		if dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return filepath.Join(os.DevNull, "none")
}

var moduleLine = regexp.MustCompile(`(?m)^module github\.com/rdstls/go$`)
