package endtoend

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/audit/fakerds"
	"github.com/rdstls/go/cmd/rdstls/internal/audit/report"
	"github.com/rdstls/go/cmd/rdstls/internal/testschema"
)

// program is the path of the built command.
var program string

func TestMain(m *testing.M) {
	os.Exit(buildAndRun(m))
}

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rdstls-audit-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // a temporary directory
	program = filepath.Join(dir, "rdstls")
	build := exec.Command("go", "build", "-o", program, "github.com/rdstls/go/cmd/rdstls")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	return m.Run()
}

const region = "eu-west-1"

// canaries are in the fake's error messages and in the environment. No output
// may hold one.
var canaries = []string{"canary-secret-key", "canary-message", "user/canary"}

// run runs the command with the fake's environment and nothing of this process's.
func run(t *testing.T, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	code, stdout, stderr = runProgram(t, env, args...)
	for _, canary := range canaries {
		if strings.Contains(stdout+stderr, canary) {
			t.Errorf("%q holds %q:\n%s%s", args, canary, stdout, stderr)
		}
	}
	return code, stdout, stderr
}

func runProgram(tb testing.TB, env []string, args ...string) (code int, stdout, stderr string) {
	tb.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(tb.Context(), program, args...)
	c.Env, c.Stdout, c.Stderr = append(env, "HOME="+tb.TempDir(), "PATH=/nowhere"), &out, &errs
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		tb.Fatal(err)
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// auditJSON audits the fake and returns the document, validated.
func auditJSON(t *testing.T, s *fakerds.Server, args ...string) (int, *report.Document) {
	t.Helper()
	code, stdout, stderr := run(t, s.Environment(region), append([]string{"audit", "--format", "json"}, args...)...)
	return code, decode(t, stdout, stderr)
}

func decode(t *testing.T, stdout, stderr string) *report.Document {
	t.Helper()
	testschema.Validate(t, "audit", []byte(stdout))
	doc := &report.Document{}
	if err := json.Unmarshal([]byte(stdout), doc); err != nil {
		t.Fatalf("%v\n%s%s", err, stdout, stderr)
	}
	return doc
}

// verdict returns "VERDICT: why" of a finding.
func verdict(doc *report.Document, check, id string) string {
	for _, f := range doc.Findings {
		if f.Check == check && f.ID == id {
			return f.Verdict + ": " + f.Why
		}
	}
	return "absent"
}
