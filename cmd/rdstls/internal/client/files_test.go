package client_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/client"
)

// TestPrivateDir checks the modes, and that Remove leaves nothing.
func TestPrivateDir(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	d, err := client.NewPrivateDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	path, err := d.Write("roots.pem", []byte("roots"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, filepath.Dir(path): 0o700} {
		info, err := os.Stat(name)
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v, want %v", name, info, err, want)
		}
	}
	if err := d.Remove(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(parent); len(left) > 0 {
		t.Errorf("%v is left", left)
	}
}

// TestLeftoversRemoved checks that a start removes what a killed process left, and
// nothing that another process still uses or that is of another name.
func TestLeftoversRemoved(t *testing.T) {
	t.Parallel()
	parent := t.TempDir()
	killed, err := client.NewPrivateDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	left, err := killed.Write("options", []byte("password"))
	if err != nil {
		t.Fatal(err)
	}
	killed.Unlock()
	now := time.Now()
	for name, age := range map[string]time.Duration{"other": 24 * time.Hour, "rdstls-exec-young": time.Minute, "rdstls-exec-old": 24 * time.Hour, "rdstls-exec-readable": 24 * time.Hour} {
		path := filepath.Join(parent, name)
		mode := os.FileMode(0o700)
		if name == "rdstls-exec-readable" { // nobody's that rdstls made
			mode = 0o755
		}
		if err := errors.Join(os.Mkdir(path, mode), os.Chmod(path, mode), os.Chtimes(path, now, now.Add(-age))); err != nil {
			t.Fatal(err)
		}
	}
	used, err := client.NewPrivateDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	third, err := client.NewPrivateDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(left)); !os.IsNotExist(err) {
		t.Errorf("the directory of a killed process is left: %v", err)
	}
	for name, want := range map[string]bool{"other": true, "rdstls-exec-young": true, "rdstls-exec-old": false, "rdstls-exec-readable": true} {
		if _, err := os.Stat(filepath.Join(parent, name)); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", name, err == nil, want)
		}
	}
	if entries, _ := os.ReadDir(parent); len(entries) != 5 {
		t.Errorf("%v are left, want two directories in use besides these", entries)
	}
	for _, d := range []*client.PrivateDir{used, third} {
		if err := d.Remove(); err != nil {
			t.Error(err)
		}
	}
}

// TestPrivateDirTakenForLeftover checks that a start makes another directory if
// another process removes the first one before it is locked.
func TestPrivateDirTakenForLeftover(t *testing.T) {
	t.Parallel()
	attempts := 0
	d, err := client.NewPrivateDirLockedBy(t.TempDir(), func(f *os.File) error {
		if attempts++; attempts == 1 {
			return os.RemoveAll(filepath.Dir(f.Name()))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write("roots.pem", nil); err != nil || attempts != 2 {
		t.Errorf("the directory of attempt %d cannot be used: %v", attempts, err)
	}
}

// TestRun checks the exit codes, and that errors do not repeat arguments.
func TestRun(t *testing.T) {
	t.Parallel()
	notExecutable := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(notExecutable, []byte("data"), 0o600); err != nil {
		t.Fatal(err)
	}
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	for name, tt := range map[string]struct {
		path    string
		args    []string
		want    int
		wantErr bool
	}{
		"success":        {sh, []string{"-c", "exit 0"}, 0, false},
		"status":         {sh, []string{"-c", "exit 42"}, 42, false},
		"signal":         {sh, []string{"-c", "kill -TERM $$"}, 143, false},
		"not-found":      {"no-such-program", []string{"canary"}, client.ExitNotFound, true},
		"not-found-path": {"/no/such/program", []string{"canary"}, client.ExitNotFound, true},
		"not-executable": {notExecutable, []string{"canary"}, client.ExitNotExecutable, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signals := client.CatchSignals()
			defer signals.Stop()
			got, err := client.Program{Path: tt.path, Args: tt.args}.Run(signals)
			if got != tt.want || (err != nil) != tt.wantErr {
				t.Errorf("Run = %d, %v, want %d and an error: %v", got, err, tt.want, tt.wantErr)
			}
			if err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("the error repeats an argument: %v", err)
			}
		})
	}
}
