package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/testschema"
)

// TestOutputFile checks that -o writes a file whole or leaves it as it was, and
// that nothing else is left in the directory.
func TestOutputFile(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{{"good", nil, "new\n"}, {"failed", errors.New("no"), "old\n"}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "out")
			if err := os.WriteFile(path, []byte("old\n"), 0o640); err != nil {
				t.Fatal(err)
			}
			env, stdout, _ := testEnv("try", "-o", path)
			trySpec(t.Context(), env, spec{use: "try", run: func(_ context.Context, r *Run, _ []string) (Verdict, error) {
				r.Out.WriteString("new\n")
				if text, _ := os.ReadFile(path); string(text) != "old\n" {
					t.Errorf("the file has changed before the end: %q", text)
				}
				if entries, _ := os.ReadDir(filepath.Dir(path)); len(entries) != 1 {
					t.Errorf("a signal would leave %v behind", entries)
				}
				return Verdict{}, tt.err
			}})
			text, err := os.ReadFile(path)
			if err != nil || string(text) != tt.want || stdout.Len() > 0 {
				t.Errorf("the file has %q, %v, want %q; stdout %q", text, err, tt.want, stdout)
			}
			info, err := os.Stat(path)
			if err != nil || info.Mode().Perm() != 0o640 {
				t.Errorf("mode %v, %v", info.Mode(), err)
			}
			if entries, err := os.ReadDir(filepath.Dir(path)); err != nil || len(entries) != 1 {
				t.Errorf("the directory has %v, %v", entries, err)
			}
		})
	}
	dir := t.TempDir()
	for _, path := range []string{dir, filepath.Join(dir, "missing", "out")} {
		if code, _, _ := try(t, "version", "-o", path); code != 2 {
			t.Errorf("-o %s: exit code %d, want 2", path, code)
		}
	}
	link, target := filepath.Join(dir, "link"), filepath.Join(dir, "target")
	if err := errors.Join(os.WriteFile(target, nil, 0o600), os.Symlink(target, link)); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := try(t, "version", "-o", link); code != 0 {
		t.Errorf("-o through a link: exit code %d", code)
	}
	info, err := os.Lstat(link)
	if text, _ := os.ReadFile(target); err != nil || info.Mode().IsRegular() || len(text) == 0 {
		t.Errorf("the link was replaced: %v, %v", info, err)
	}
	if code, _, _ := try(t, "version", "-o", os.DevNull); code != 0 {
		t.Errorf("-o to a device: exit code %d", code)
	}
}

// TestSecretOutputFile checks that only its owner can read a new file with a secret.
func TestSecretOutputFile(t *testing.T) {
	t.Parallel()
	for _, secret := range []bool{true, false} {
		path := filepath.Join(t.TempDir(), "out")
		env, _, stderr := testEnv("try", "-o", path)
		code := trySpec(t.Context(), env, spec{use: "try", secret: secret, run: func(context.Context, *Run, []string) (Verdict, error) {
			return Verdict{}, nil
		}})
		info, err := os.Stat(path)
		if err != nil || code != 0 {
			t.Fatalf("exit code %d, %v: %s", code, err, stderr)
		}
		if want := newFileMode(); !secret && info.Mode().Perm() != want || secret && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("secret %t: mode %v", secret, info.Mode())
		}
	}
}

// TestColor checks when there is color: on a terminal, unless NO_COLOR or the flag
// says otherwise, and never in what programs read.
func TestColor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		args     string
		terminal bool
		noColor  string
		want     bool
	}{
		{"", true, "", true},
		{"", false, "", false},
		{"", true, "1", false},
		{"--color always", false, "1", true},
		{"--color never", true, "", false},
		{"--format json", true, "", false},
		{"-o " + os.DevNull, true, "", false},
	} {
		env, _, stderr := testEnv(append([]string{"try"}, strings.Fields(tt.args)...)...)
		env.StdoutTerminal = tt.terminal
		env.Getenv = func(name string) string { return map[string]string{"NO_COLOR": tt.noColor}[name] }
		colored := false
		code := trySpec(t.Context(), env, spec{use: "try", run: func(_ context.Context, r *Run, _ []string) (Verdict, error) {
			colored = r.Color.Bad("x") != "x"
			return Verdict{}, nil
		}})
		if code != 0 || colored != tt.want {
			t.Errorf("%q, terminal %t, NO_COLOR=%q: color %t, want %t; %s", tt.args, tt.terminal, tt.noColor, colored, tt.want, stderr)
		}
	}
}

// TestProgress checks that progress is shown on a terminal only, after a second,
// and removed before anything else is printed.
func TestProgress(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		terminal bool
		after    time.Duration
		want     string
	}{
		{true, 2 * time.Second, "\r\x1b[K3 of 10 hosts\r\x1b[Krdstls: careful\n"},
		{true, time.Second / 2, "rdstls: careful\n"},
		{false, time.Hour, "rdstls: careful\n"},
	} {
		env, stdout, stderr := testEnv("try")
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		env.StderrTerminal, env.Now = tt.terminal, func() time.Time { return now }
		trySpec(t.Context(), env, spec{use: "try", run: func(_ context.Context, r *Run, _ []string) (Verdict, error) {
			now = now.Add(tt.after)
			r.Progress.Report(3, 10, "hosts")
			r.Warn("careful")
			return Verdict{}, nil
		}})
		if stderr.String() != tt.want || stdout.Len() > 0 {
			t.Errorf("terminal %t after %v: stderr %q, want %q; stdout %q", tt.terminal, tt.after, stderr, tt.want, stdout)
		}
	}
}

// TestProgressOfTheFirst checks that work of which nothing is done yet after a
// second is shown too, and is not once it has ended.
func TestProgressOfTheFirst(t *testing.T) {
	t.Parallel()
	for takes, want := range map[time.Duration]string{3 * patience: "\r\x1b[K0 of 1 hosts\r\x1b[K", patience / 2: ""} {
		synctest.Test(t, func(t *testing.T) {
			env, _, stderr := testEnv("try")
			env.StderrTerminal = true
			trySpec(t.Context(), env, spec{use: "try", run: func(_ context.Context, r *Run, _ []string) (Verdict, error) {
				r.Progress.Report(0, 1, "hosts")
				time.Sleep(takes) // of the bubble's clock
				return Verdict{}, nil
			}})
			time.Sleep(3 * patience)
			if stderr.String() != want {
				t.Errorf("after %v: stderr %q, want %q", takes, stderr, want)
			}
		})
	}
}

// TestProgressOfWaiting checks that a terminal shows for how long something has
// taken, second by second, and that a log gets one line after ten seconds.
func TestProgressOfWaiting(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		terminal bool
		takes    time.Duration
		want     string
	}{
		{true, patience / 2, ""},
		{true, 5 * patience / 2, "\r\x1b[Kloading (1 s)\r\x1b[Kloading (2 s)\r\x1b[K"},
		{false, patienceOfLogs / 2, ""},
		{false, 10 * patienceOfLogs, "rdstls: loading\n"},
	} {
		synctest.Test(t, func(t *testing.T) {
			env, stdout, stderr := testEnv("try")
			env.StderrTerminal, env.Now = tt.terminal, time.Now
			trySpec(t.Context(), env, spec{use: "try", run: func(_ context.Context, r *Run, _ []string) (Verdict, error) {
				r.Progress.Wait("loading")
				time.Sleep(tt.takes) // of the bubble's clock
				return Verdict{}, nil
			}})
			time.Sleep(20 * patienceOfLogs)
			if stderr.String() != tt.want || stdout.Len() > 0 {
				t.Errorf("terminal %t after %v: stderr %q, want %q; stdout %q", tt.terminal, tt.takes, stderr, tt.want, stdout)
			}
		})
	}
}

// TestJSONIsSafeToPrint checks that JSON has no character that a terminal could
// act on, and means the same.
func TestJSONIsSafeToPrint(t *testing.T) {
	t.Parallel()
	const text = "a\u202eb\u009b31m\x1b[0m\x7f\u2066\U000e0041<&>\n東"
	r := &Run{Out: new(bytes.Buffer)}
	if err := r.JSON(map[string]string{"text": text}); err != nil {
		t.Fatal(err)
	}
	for _, c := range r.Out.String() {
		if c != '\n' && (c < ' ' || c >= 0x7f && c != '東') {
			t.Errorf("%q has %q", r.Out, c)
		}
	}
	var got map[string]string
	if err := json.Unmarshal(r.Out.Bytes(), &got); err != nil || got["text"] != text {
		t.Errorf("%q, %v, want %q", got["text"], err, text)
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	code, stdout, _ := try(t, "version", "--format", "json")
	testschema.Validate(t, "version", []byte(stdout))
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	_, text, _ := try(t, "version")
	for _, want := range []string{"rdstls ", "Go      go1.", bundle.SHA256, "newest root: Amazon RDS "} {
		if !strings.Contains(text, want) {
			t.Errorf("%q lacks %q", text, want)
		}
	}
}
