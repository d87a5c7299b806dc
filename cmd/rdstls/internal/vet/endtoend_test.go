package vet_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/rdstls/go/cmd/rdstls/internal/testschema"
)

const endpoint = "orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com"

// programDir outlives the tests that use it.
var programDir string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "rdstls-vet-*")
	if err != nil {
		panic(err)
	}
	programDir = dir
	code := m.Run()
	os.RemoveAll(dir) //nolint:errcheck // a temporary directory
	os.Exit(code)
}

// program returns the path of the built command.
var program = sync.OnceValues(func() (string, error) {
	path := filepath.Join(programDir, "rdstls")
	out, err := exec.Command("go", "build", "-o", path, "github.com/rdstls/go/cmd/rdstls").CombinedOutput()
	if err != nil {
		return "", errors.New(string(out))
	}
	return path, nil
})

// run runs a program in dir. No output may hold the canary or the endpoint.
func run(t *testing.T, dir, name string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.CommandContext(t.Context(), name, args...)
	c.Dir, c.Stdout, c.Stderr = dir, &out, &errs
	c.Env = append(os.Environ(), "GOWORK=off")
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	for _, secret := range []string{"canary", endpoint} {
		if text := out.String() + errs.String(); strings.Contains(text, secret) && !slices.Contains(args, "--diff") {
			t.Errorf("%q repeats %q:\n%s", args, secret, text)
		}
	}
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

// vetIn runs rdstls vet in dir.
func vetIn(t *testing.T, dir string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	return run(t, dir, path, append([]string{"vet"}, args...)...)
}

// newModule returns the directory of a module with one file, which needs the
// library only if withLibrary is set.
func newModule(t *testing.T, source string, withLibrary bool) string {
	t.Helper()
	dir := t.TempDir()
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	mod := readFile(t, filepath.Join(module, "go.mod"))
	mod = strings.ReplaceAll(mod, "../../../../..", root)
	if !withLibrary {
		mod = strings.ReplaceAll(mod, "\tgithub.com/rdstls/go v0.0.0-00010101000000-000000000000\n", "")
	}
	write(t, filepath.Join(dir, "go.mod"), mod)
	write(t, filepath.Join(dir, "go.sum"), readFile(t, filepath.Join(module, "go.sum")))
	write(t, filepath.Join(dir, "main.go"), source)
	return dir
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestVettool checks the protocol of go vet, with suppressions and -level.
func TestVettool(t *testing.T) {
	t.Parallel()
	dir := newModule(t, strings.Replace(fixable, "/db?sslmode=require\")\n\t_, _ = pgxpool", "/db?sslmode=require\")\n\t_, _ = pgx.Connect(ctx, \"host=\"+os.Getenv(\"H\")+\" sslmode=require\")\n\t_, _ = pgxpool", 1), true)
	write(t, filepath.Join(dir, "main.go"), strings.Replace(readFile(t, filepath.Join(dir, "main.go")), "\"context\"\n", "\"context\"\n\t\"os\"\n", 1))
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	for level, want := range map[string]int{"error": 2, "warning": 2, "note": 3} {
		var errs bytes.Buffer
		c := exec.CommandContext(t.Context(), "go", "vet", "-vettool="+path, "-level="+level, ".")
		c.Dir, c.Stderr = dir, &errs
		if err := c.Run(); err == nil || strings.Count(errs.String(), "RT002") != want {
			t.Errorf("-level=%s: error %v, want %d findings:\n%s", level, err, want, errs.String())
		}
	}
}

const settings = "URL=postgres://app:canary@" + endpoint + "/db?sslmode=require\nOTHER=postgres://app:canary@${H}/db?sslmode=require\n"

// TestFormats checks every format, and that none repeats a connection string.
func TestFormats(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "é,a%.env"), "# ignored\n"+settings)
	write(t, filepath.Join(dir, "b.env"), "DB_SSL_MODE=disable\n")
	for format, want := range map[string]string{
		"text": "error    RT102  é,a%.env:2:", "json": `"rule": "RT102"`, "sarif": `"uri": "%C3%A9%2Ca%25.env"`, "github": "::error file=é%2Ca%25.env,line=2,col=",
	} {
		code, stdout, stderr := vetIn(t, dir, "--format", format)
		if code != 1 || !strings.Contains(stdout, want) || !strings.Contains(stderr, "no go.mod") {
			t.Errorf("%s: exit code %d, want %q in\n%s%s", format, code, want, stdout, stderr)
		}
		switch format {
		case "json":
			testschema.Validate(t, "vet", []byte(stdout))
		case "sarif":
			validateSARIF(t, stdout)
		case "text":
			if !strings.Contains(stdout, "1 note ") || strings.Contains(stdout, "RT110") {
				t.Errorf("the notes are not counted, or listed:\n%s", stdout)
			}
		}
	}
}

func validateSARIF(t *testing.T, text string) {
	t.Helper()
	report, err := sarif.FromString(text)
	if err == nil {
		err = report.Validate()
	}
	if err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

// TestSARIFOfNothing checks that results are there when they are empty.
func TestSARIFOfNothing(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.env"), "A=b\n")
	code, stdout, _ := vetIn(t, dir, "--format=sarif")
	if code != 0 || !strings.Contains(stdout, `"results": []`) {
		t.Errorf("exit code %d, output\n%s", code, stdout)
	}
	validateSARIF(t, stdout)
}

// TestFingerprints checks that inserted lines do not change fingerprints, and that
// equal findings have different ones.
func TestFingerprints(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	fingerprints := func(text string) (all []string) {
		write(t, filepath.Join(dir, "a.env"), text)
		_, stdout, _ := vetIn(t, dir, "--format=sarif")
		var report struct {
			Runs []struct {
				Results []struct{ PartialFingerprints map[string]string }
			}
		}
		if err := json.Unmarshal([]byte(stdout), &report); err != nil || len(report.Runs) != 1 {
			t.Fatalf("%v\n%s", err, stdout)
		}
		for _, r := range report.Runs[0].Results {
			all = append(all, r.PartialFingerprints["rdstls/v1"])
		}
		return all
	}
	before, after := fingerprints(settings+settings), fingerprints("A=1\n\n"+settings+"B=2\n"+settings)
	if !slices.Equal(before, after) || len(before) != 4 || before[0] == before[2] {
		t.Errorf("fingerprints %q, with more lines %q", before, after)
	}
}

// TestVetExitCodes checks the exit codes.
func TestVetExitCodes(t *testing.T) {
	t.Parallel()
	bad, good, empty, baseline := t.TempDir(), t.TempDir(), t.TempDir(), filepath.Join(t.TempDir(), "baseline.json")
	write(t, filepath.Join(bad, "a.env"), settings)
	write(t, filepath.Join(good, "a.env"), "A=b\n")
	for _, tt := range []struct {
		dir  string
		args string
		want int
	}{
		{bad, "", 1},
		{good, "", 0},
		{empty, "", 3},
		{empty, "--allow-empty", 0},
		{bad, "--exit-zero", 0},
		{bad, "--fail-on=error", 1},
		{good, "--fail-on=fatal", 2},
		{good, "--no-go --no-files", 2},
		{good, "--write-baseline", 2},
		{good, "--fix --diff", 2},
		{good, "--baseline=/missing", 2},
		{good, "./missing", 3},
		{bad, "--write-baseline --baseline=" + baseline, 0},
		{bad, "--fail-on=note --baseline=" + baseline, 0},
	} {
		if code, stdout, stderr := vetIn(t, tt.dir, strings.Fields(tt.args)...); code != tt.want {
			t.Errorf("%s: exit code %d, want %d\n%s%s", tt.args, code, tt.want, stdout, stderr)
		}
	}
}

// TestProblemsOfAPackage checks that text output has one line for a package with
// many errors, and says how to read them.
func TestProblemsOfAPackage(t *testing.T) {
	t.Parallel()
	dir := newModule(t, "package main\n\nvar a int = \"canary\"\nvar b int = \"canary\"\nvar c int = \"canary\"\n\nfunc main() {}\n", false)
	code, stdout, _ := vetIn(t, dir)
	const want = "not judged as a whole: main.go:3: it does not compile, and 2 more errors in the package\n\"go vet\""
	if code != 3 || !strings.HasPrefix(stdout, want) {
		t.Errorf("exit code %d, want 3; output\n%swant\n%s", code, stdout, want)
	}
}

// TestBaselineOtherHost checks that a baseline does not accept a finding that takes
// the place of another one in its file, for another host, in text and in Go, and that
// a new password is no new finding.
func TestBaselineOtherHost(t *testing.T) {
	t.Parallel()
	const other = "users.c9akciq32xyz.eu-west-1.rds.amazonaws.com"
	dir := newModule(t, fixable, true)
	env, program := filepath.Join(dir, "a.env"), filepath.Join(dir, "main.go")
	source := readFile(t, program)
	write(t, env, settings)
	baseline := "--baseline=" + filepath.Join(t.TempDir(), "b.json")
	if code, stdout, stderr := vetIn(t, dir, "--write-baseline", baseline); code != 0 {
		t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
	}
	for name, tt := range map[string]struct {
		env, source string
		want        int
	}{
		"same":     {settings, source, 0},
		"password": {strings.ReplaceAll(settings, "canary", "changed.pass"), source, 0},
		"text":     {strings.ReplaceAll(settings, endpoint, other), source, 1},
		"go":       {settings, strings.ReplaceAll(source, endpoint, other), 1},
	} {
		write(t, env, tt.env)
		write(t, program, tt.source)
		if code, stdout, stderr := vetIn(t, dir, baseline); code != tt.want {
			t.Errorf("%s: exit code %d, want %d\n%s%s", name, code, tt.want, stdout, stderr)
		}
	}
}
