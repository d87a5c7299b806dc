package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// tests are a suite that is ready to run.
type tests struct {
	suite    suite
	dir      string // of go.mod, roots.pem and the copy of the driver
	packages []string
}

// roots returns the file with the CA of the server.
func (t tests) roots() string { return filepath.Join(t.dir, "roots.pem") }

// prepare writes what go test needs into a directory under dir.
func (s suite) prepare(ctx context.Context, dir string) (tests, error) {
	t := tests{suite: s, dir: filepath.Join(dir, filepath.Base(filepath.Dir(s.module)))}
	if err := os.Mkdir(t.dir, 0o700); err != nil {
		return tests{}, err
	}
	if err := os.WriteFile(t.roots(), authority().PEM(), 0o600); err != nil {
		return tests{}, err
	}
	// A go.mod of its own: the library does not require what the suites do.
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(name)
		if err != nil {
			return tests{}, err
		}
		if err := os.WriteFile(filepath.Join(t.dir, name), text, 0o600); err != nil {
			return tests{}, err
		}
	}
	source, err := moduleDir(ctx, s.module)
	if err != nil {
		return tests{}, err
	}
	// The copy can be changed: go test takes no overlay of the module cache.
	if err := os.CopyFS(t.source(), os.DirFS(source)); err != nil {
		return tests{}, err
	}
	if _, err := goTool(ctx, "mod", "edit", "-replace="+s.module+"="+t.source(), filepath.Join(t.dir, "go.mod")); err != nil {
		return tests{}, err
	}
	if _, err := goTool(ctx, "get", t.modfile(), "-t", s.module+"/..."); err != nil {
		return tests{}, err
	}
	found, err := t.list(ctx)
	if err != nil {
		return tests{}, err
	}
	return t, t.addHook(found)
}

// source returns the copy of the driver.
func (t tests) source() string { return filepath.Join(t.dir, "driver") }

func (t tests) modfile() string { return "-modfile=" + filepath.Join(t.dir, "go.mod") }

// A goPackage is a package of a suite, as go list describes it.
type goPackage struct {
	ImportPath, Dir, Name     string
	TestGoFiles, XTestGoFiles []string
}

// list returns the packages of the suite that have tests.
func (t *tests) list(ctx context.Context) ([]goPackage, error) {
	output, err := goTool(ctx, "list", t.modfile(), "-json=ImportPath,Dir,Name,TestGoFiles,XTestGoFiles", t.suite.module+"/...")
	if err != nil {
		return nil, err
	}
	var found []goPackage
	for decoder := json.NewDecoder(strings.NewReader(output)); decoder.More(); {
		var p goPackage
		if err := decoder.Decode(&p); err != nil {
			return nil, err
		}
		if len(p.TestGoFiles)+len(p.XTestGoFiles) > 0 {
			found = append(found, p)
			t.packages = append(t.packages, p.ImportPath)
		}
	}
	if len(found) == 0 {
		return nil, errors.New("no package with tests")
	}
	return found, nil
}

// addHook changes the copy of the driver, and adds a test file to each package.
func (t tests) addHook(packages []goPackage) error {
	for _, p := range packages {
		text := "package " + p.Name + "_test\n" + t.suite.test
		if err := os.WriteFile(filepath.Join(p.Dir, "rdstlspeer_test.go"), []byte(text), 0o600); err != nil {
			return err
		}
	}
	dir := filepath.Join(t.source(), t.suite.hookDir)
	path := filepath.Join(dir, t.suite.file)
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	changed, err := apply(string(text), t.suite.changes)
	if err != nil {
		return fmt.Errorf("%s: %w", t.suite.file, err)
	}
	return errors.Join(
		os.WriteFile(path, []byte(changed), 0o600),
		os.WriteFile(filepath.Join(dir, "rdstlspeer.go"), []byte(t.suite.hookFile), 0o600))
}

// apply makes changes to a file. A driver that has changed is an error: the suite
// would run past the adapter.
func apply(text string, changes []change) (string, error) {
	for _, c := range changes {
		if n := strings.Count(text, c.old); n != c.n {
			return "", fmt.Errorf("%q occurs %d times, want %d", c.old, n, c.n)
		}
		text = strings.ReplaceAll(text, c.old, c.new)
	}
	return text, nil
}

// moduleDir returns where the module cache has a module.
func moduleDir(ctx context.Context, module string) (string, error) {
	output, err := goTool(ctx, "mod", "download", "-json", module)
	if err != nil {
		return "", err
	}
	var found struct{ Dir string }
	err = json.Unmarshal([]byte(output), &found)
	return found.Dir, err
}

// goTool runs the go command and returns what it prints.
func goTool(ctx context.Context, args ...string) (string, error) {
	var complaint strings.Builder
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Stderr = &complaint
	output, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, complaint.String())
	}
	return string(output), nil
}
