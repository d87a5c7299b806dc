package vet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"

	"github.com/rdstls/go/cmd/rdstls/rdsvet"
)

// FixerArgument is the first argument with which the command runs the analyzers'
// own driver, which applies their fixes.
const FixerArgument = "internal-fixer"

// libraryModule is what a fixed program needs.
const libraryModule = "github.com/rdstls/go"

// ErrNoLibrary is returned by Fix if a module with fixes does not require the
// library.
var ErrNoLibrary = errors.New("go.mod lacks the library")

// Fix applies the fixes of the findings, or writes what they would change to diff
// if it is not nil. It changes nothing if a module with fixes lacks the library.
func Fix(ctx context.Context, self string, opts rdsvet.Options, findings []Finding, diff io.Writer) error {
	modules := fixable(findings)
	for _, m := range modules {
		if diff == nil && !requiresLibrary(ctx, m.dir) {
			return ErrNoLibrary
		}
	}
	for _, m := range modules {
		args := []string{FixerArgument, "-fix", "-test=false"}
		if diff != nil {
			args = append(args, "-diff")
		}
		if opts.AssumeRDS {
			args = append(args, "-assume-rds")
		}
		cmd := exec.CommandContext(ctx, self, append(args, m.patterns...)...)
		cmd.Dir = m.dir
		var out bytes.Buffer
		cmd.Stdout = &out
		// What the driver says on stderr can quote the source; the run that follows
		// reports what remains.
		err := cmd.Run()
		if diff != nil {
			if _, err := diff.Write(out.Bytes()); err != nil {
				return err
			}
		}
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			return errors.New("the analyzers did not start")
		}
	}
	return nil
}

// fixable returns the modules with fixes, with only the packages that have one: the
// driver of the analyzers loads all that it is given, which can take minutes.
func fixable(findings []Finding) []module {
	packages := map[string][]string{} // by the directory of the module
	for _, f := range findings {
		path, err := filepath.Abs(filepath.FromSlash(f.File))
		if err != nil || !f.Fix {
			continue
		}
		root := moduleOf(filepath.Dir(path))
		if rel, err := filepath.Rel(root, filepath.Dir(path)); err == nil {
			packages[root] = append(packages[root], "./"+filepath.ToSlash(rel))
		}
	}
	var modules []module
	for _, root := range slices.Sorted(maps.Keys(packages)) {
		slices.Sort(packages[root])
		modules = append(modules, module{root, slices.Compact(packages[root])})
	}
	return modules
}

func requiresLibrary(ctx context.Context, dir string) bool {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", libraryModule)
	cmd.Dir = filepath.Clean(dir)
	return cmd.Run() == nil
}
