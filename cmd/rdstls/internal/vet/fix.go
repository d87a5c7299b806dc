package vet

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os/exec"
	"path/filepath"
)

// FixerArgument is the first argument with which the command runs the analyzers'
// own driver, which applies their fixes.
const FixerArgument = "internal-fixer"

// libraryModule is what a fixed program needs.
const libraryModule = "github.com/rdstls/go"

// ErrNoLibrary is returned by Fix if a module with fixes does not require the
// library.
var ErrNoLibrary = errors.New("go.mod lacks the library")

// Fix applies the fixes of the findings in the packages under the paths, or writes
// what they would change to diff if it is not nil. It changes nothing if a module
// with fixes lacks the library.
func Fix(ctx context.Context, self string, opts Options, findings []Finding, diff io.Writer) error {
	var modules []module
	for _, m := range targetsOf(opts.Paths).modules() {
		if !m.hasFix(findings) {
			continue
		}
		if diff == nil && !requiresLibrary(ctx, m.dir) {
			return ErrNoLibrary
		}
		modules = append(modules, m)
	}
	for _, m := range modules {
		args := []string{FixerArgument, "-fix", "-test=false"}
		if diff != nil {
			args = append(args, "-diff")
		}
		if opts.Go.AssumeRDS {
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

// hasFix reports whether a finding in m has a fix.
func (m module) hasFix(findings []Finding) bool {
	for _, f := range findings {
		path, err := filepath.Abs(filepath.FromSlash(f.File))
		if f.Fix && err == nil && moduleOf(filepath.Dir(path)) == m.dir {
			return true
		}
	}
	return false
}

func requiresLibrary(ctx context.Context, dir string) bool {
	cmd := exec.CommandContext(ctx, "go", "list", "-m", libraryModule)
	cmd.Dir = filepath.Clean(dir)
	return cmd.Run() == nil
}
