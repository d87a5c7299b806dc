package boundaries

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A workflow runs other people's code beside this project's token.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	folder := filepath.Join("..", "..", ".github", "workflows")
	files, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no workflow: the search is broken")
	}
	for _, file := range files {
		path := filepath.Join(folder, file.Name())
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range checkWorkflow(filepath.Base(path), string(text)) {
			t.Error(err)
		}
	}
}

// goodWorkflow is what a workflow should be like.
const goodWorkflow = `name: test
on:
  pull_request:

permissions:
  contents: read

concurrency:
  group: test-${{ github.ref }}

jobs:
  test:
    runs-on: ubuntu-latest
    timeout-minutes: 10
    steps:
      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567 # v1.2.3
        with:
          persist-credentials: false
      - run: make test
      - run: make "$TARGET"
        env:
          TARGET: ${{ matrix.target }}
`

func TestWorkflowsControl(t *testing.T) {
	t.Parallel()
	if errs := checkWorkflow("test.yml", goodWorkflow); len(errs) > 0 {
		t.Errorf("errors %v, want none", errs)
	}
	for _, tt := range []struct{ old, new string }{
		{"  contents: read", "  contents: write"},
		{"  contents: read", "  contents: read\n  id-token: write"},
		{"permissions:", "env:"},
		{"concurrency:", "env:"},
		{"persist-credentials: false", "persist-credentials: true"},
		{"timeout-minutes:", "continue-on-error:"},
		{"# v1.2.3", ""},
		{"# v1.2.3", "# v1"},
		{"@0123456789abcdef0123456789abcdef01234567", "@v1.2.3"},
		{`make "$TARGET"`, "make ${{ matrix.target }}"},
		{"run: make test", "run: |\n          make ${{ matrix.target }}"},
		{"  pull_request:", "  pull_request_target:"},
		{"  pull_request:", "  workflow_run:"},
		{"  contents: read", "  contents: read\n  \"issues\": write"},
		{"  contents: read", "  contents: read\n  issues : write"},
		{"    runs-on:", "    permissions: {contents: write}\n    runs-on:"},
		{"      - run: make test", "      - {uses: evil/action@main}"},
		{"      - run: make test", "      - \"uses\": evil/action@main"},
		{"TARGET: ${{ matrix.target }}", "TARGET: ${{ secrets.TOKEN }}"},
	} {
		changed := strings.Replace(goodWorkflow, tt.old, tt.new, 1)
		if len(checkWorkflow("test.yml", changed)) == 0 {
			t.Errorf("%q in place of %q is not noticed", tt.new, tt.old)
		}
	}
}

var (
	usesLine   = regexp.MustCompile(`^\s*(?:- )?uses:\s`)
	pinnedLine = regexp.MustCompile(`^\s*(?:- )?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)
	writeLine  = regexp.MustCompile(`\bwrite\b`)

	// What YAML has other spellings for is written in one way, so that a line can be
	// judged by itself.
	otherSpelling = regexp.MustCompile(`^[^#]*(?:^|[\s-])(?:["'][\w-]+["']|[\w-]+\s)\s*:|^[^#$]*:\s*\{|^\s*-\s*\{`)
)

// notTriggers run with this repository's token on what strangers send, and secrets
// are not needed.
var notTriggers = []string{"pull_request_target", "workflow_run", "issue_comment", "secrets."}

func beforeComment(line string) string {
	code, _, _ := strings.Cut(line, "#")
	return code
}

// mayWrite are the permissions to write that workflows have.
var mayWrite = map[string][]string{"bundle.yml": {"issues: write"}}

// checkWorkflow returns what is wrong with a workflow.
func checkWorkflow(name, text string) (errs []error) {
	report := func(format string, args ...any) { errs = append(errs, fmt.Errorf(name+": "+format, args...)) }
	if !strings.Contains(text, "\npermissions:\n  contents: read\n") {
		report("no permissions at the top, or other ones than to read")
	}
	if !strings.Contains(text, "\nconcurrency:\n") {
		report("no concurrency group")
	}
	for _, word := range notTriggers {
		if strings.Contains(text, word) {
			report("%s: strangers' changes could have this repository's token or secrets", word)
		}
	}
	if jobs := strings.Count(text, "runs-on:"); strings.Count(text, "timeout-minutes:") != jobs {
		report("not one timeout for each of %d jobs", jobs)
	}
	if strings.Count(text, "actions/checkout@") != strings.Count(text, "persist-credentials: false") {
		report("a checkout leaves the token in the working tree")
	}
	running := -1 // indentation of the run key whose script the line belongs to
	for i, line := range strings.Split(text, "\n") {
		trimmed := strings.TrimLeft(line, " -")
		indent := len(line) - len(trimmed)
		if trimmed != "" && indent <= running {
			running = -1
		}
		if strings.HasPrefix(trimmed, "run:") {
			running = indent
		}
		switch {
		case running >= 0 && strings.Contains(line, "${{"):
			report("line %d: a script is put together from an expression: pass it by env", i+1)
		case usesLine.MatchString(line) && !pinnedLine.MatchString(line):
			report("line %d: an action without digest and version", i+1)
		case running < 0 && otherSpelling.MatchString(line):
			report("line %d: write a key plainly, and a map in lines of its own", i+1)
		case running < 0 && writeLine.MatchString(beforeComment(line)) && !slices.Contains(mayWrite[name], strings.TrimSpace(line)):
			report("line %d: permission to write", i+1)
		}
	}
	return errs
}
