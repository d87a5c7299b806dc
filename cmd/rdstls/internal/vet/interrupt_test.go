//go:build unix

package vet_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/testschema"
)

// TestCtrlC checks that Ctrl-C ends a run whose go command hangs: the document that
// is printed is whole and marked as incomplete, and the exit code is 130.
func TestCtrlC(t *testing.T) {
	t.Parallel()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir, bin := t.TempDir(), t.TempDir()
	write(t, filepath.Join(dir, "go.mod"), "module example.com/a\n")
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
	var document struct{ Incomplete bool }
	if err := json.Unmarshal(out.Bytes(), &document); err != nil || !document.Incomplete {
		t.Errorf("the output is not marked as incomplete: %v\n%s", err, out.String())
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
