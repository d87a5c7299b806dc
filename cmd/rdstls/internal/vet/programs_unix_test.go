//go:build unix

package vet_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/testschema"
	"github.com/rdstls/go/cmd/rdstls/internal/vet"
	"github.com/rdstls/go/cmd/rdstls/rdsvet"
)

// TestCtrlC checks that Ctrl-C ends a run whose go command hangs: the document that
// is printed is whole, holds the findings in other files, and says that the module
// was not judged; and the exit code is 130.
func TestCtrlC(t *testing.T) {
	t.Parallel()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir, bin := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/a\n")
	write(t, filepath.Join(dir, "a.env"), settings)
	started := filepath.Join(bin, "started")
	if err := syscall.Mkfifo(started, 0o600); err != nil {
		t.Fatal(err)
	}
	hanging := "#!/bin/sh\necho > '" + started + "'\nexec sleep 600\n"
	if err := os.WriteFile(filepath.Join(bin, "go"), []byte(hanging), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	var out bytes.Buffer
	c := exec.CommandContext(t.Context(), path, "vet", "--format=json")
	c.Dir, c.Stdout, c.Env = dir, &out, append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	waitForWriter(t, started)
	begin := time.Now()
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait()
	t.Logf("the command ended %v after the signal", time.Since(begin))
	if code := c.ProcessState.ExitCode(); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	testschema.Validate(t, "vet", out.Bytes())
	var document struct {
		Findings   []vet.Finding
		Errors     []vet.Problem
		Incomplete bool
	}
	if err := json.Unmarshal(out.Bytes(), &document); err != nil || !document.Incomplete || len(document.Findings) != 2 ||
		!slices.Equal(document.Errors, []vet.Problem{{File: ".", Kind: "interrupted"}}) {
		t.Errorf("the output is not marked as incomplete, or lacks findings: %v\n%s", err, out.String())
	}
}

// TestFixArguments checks that the driver that applies fixes gets only the packages
// that have one: it loads all that it is given, which can take minutes.
func TestFixArguments(t *testing.T) {
	t.Parallel()
	self := filepath.Join(t.TempDir(), "fixer")
	if err := os.WriteFile(self, []byte("#!/bin/sh\npwd\necho \"$@\"\n"), 0o700); err != nil { //nolint:gosec // a program
		t.Fatal(err)
	}
	root, err := filepath.Abs(module)
	if err != nil {
		t.Fatal(err)
	}
	var findings []vet.Finding
	for _, file := range []string{"fix/a.go", "fix/b.go", "fixsql/a.go", "dsn/a.go"} {
		findings = append(findings, vet.Finding{File: filepath.Join(root, file), Fix: !strings.HasPrefix(file, "dsn")})
	}
	var out bytes.Buffer
	if err := vet.Fix(t.Context(), self, rdsvet.Options{}, findings, &out); err != nil {
		t.Fatal(err)
	}
	if want := root + "\n" + vet.FixerArgument + " -fix -test=false -diff ./fix ./fixsql\n"; out.String() != want {
		t.Errorf("the fixer was run as\n%swant\n%s", out.String(), want)
	}
}

// waitForWriter returns when a process has opened the named pipe and closed it.
func waitForWriter(t *testing.T, pipe string) {
	t.Helper()
	f, err := os.Open(pipe) //nolint:gosec // of this test
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := io.Copy(io.Discard, f); err != nil {
		t.Fatal(err)
	}
}
