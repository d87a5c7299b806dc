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

// TestWorkflows checks what actionlint cannot: that a workflow, which runs other
// people's code beside this repository's token, gives that token away nowhere.
func TestWorkflows(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", ".github", "workflows", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no workflow found: %v", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		for _, err := range checkWorkflow(string(text), mayWrite[name]...) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// mayWrite are the lines that give a workflow a permission to write.
var mayWrite = map[string][]string{"bundle.yml": {"issues: write"}}

// lineRules say what a line must look like if it contains a word. YAML has several
// spellings for most things; here each has one.
var lineRules = []struct {
	word string
	want *regexp.Regexp // nil: the word must not occur
	why  string
}{
	{"uses", regexp.MustCompile(`^\s+(?:- )?uses: [\w.-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`), "an action without digest and version"},
	{"${{", regexp.MustCompile(`^\s+(?:[A-Z_]+|group|runs-on|go-version): `), "an expression outside env: it can become part of a script"},
	{"write", nil, "a permission to write"},
	{"secrets.", nil, "a secret"},
	{"pull_request_target", nil, "a trigger that runs strangers' changes with this repository's token"},
	{"workflow_run", nil, "a trigger that runs strangers' changes with this repository's token"},
	{"issue_comment", nil, "a trigger that strangers can reach"},
}

// checkWorkflow returns what is wrong with a workflow. The lines of mayWrite pass.
func checkWorkflow(text string, mayWrite ...string) (errs []error) {
	for _, part := range [...]string{"\npermissions:\n  contents: read\n", "\nconcurrency:\n"} {
		if !strings.Contains(text, part) {
			errs = append(errs, fmt.Errorf("it lacks %q", part))
		}
	}
	for each, part := range map[string]string{"runs-on:": "timeout-minutes:", "actions/checkout@": "persist-credentials: false"} {
		if strings.Count(text, each) != strings.Count(text, part) {
			errs = append(errs, fmt.Errorf("not one %q for each %q", part, each))
		}
	}
	for i, line := range strings.Split(text, "\n") {
		code := strings.TrimSpace(line)
		if strings.HasPrefix(code, "#") || slices.Contains(mayWrite, code) {
			continue
		}
		code, _, _ = strings.Cut(code, " # ")
		for _, rule := range lineRules {
			if strings.Contains(code, rule.word) && (rule.want == nil || !rule.want.MatchString(line)) {
				errs = append(errs, fmt.Errorf("line %d: %s", i+1, rule.why))
			}
		}
	}
	return errs
}

// TestWorkflowsControl checks that each rule finds what it must.
func TestWorkflowsControl(t *testing.T) {
	t.Parallel()
	const good = "name: test\non:\n  pull_request:\n\npermissions:\n  contents: read\n\nconcurrency:\n  group: a-${{ github.ref }}\n\n" +
		"jobs:\n  test:\n    runs-on: ubuntu-latest\n    timeout-minutes: 10\n    steps:\n" +
		"      - uses: actions/checkout@0123456789abcdef0123456789abcdef01234567 # v1.2.3\n        with:\n          persist-credentials: false\n" +
		"      - run: make test\n        env:\n          TARGET: ${{ matrix.target }}\n"
	if errs := checkWorkflow(good); len(errs) > 0 {
		t.Errorf("errors %v, want none", errs)
	}
	for old, changes := range map[string][]string{
		"  contents: read":           {"  contents: write", "  contents: read\n  id-token: write", "  contents: read\n  \"issues\": write"},
		"permissions:":               {"env:"},
		"concurrency:":               {"env:"},
		"persist-credentials: false": {"persist-credentials: true"},
		"timeout-minutes:":           {"continue-on-error:"},
		" # v1.2.3":                  {"", " # v1"},
		"@0123456789abcdef0123456789abcdef01234567": {"@v1.2.3"},
		"      - run: make test":                    {"      - run: make ${{ matrix.target }}", "      - run: |\n          make ${{ matrix.target }}", "      - \"uses\": a/b@main", "      - {uses: a/b@main}"},
		"  pull_request:":                           {"  pull_request_target:", "  workflow_run:", "  issue_comment:"},
		"${{ matrix.target }}":                      {"${{ secrets.TOKEN }}"},
		"    runs-on:":                              {"    permissions: {contents: write}\n    runs-on:"},
	} {
		for _, changed := range changes {
			if len(checkWorkflow(strings.Replace(good, old, changed, 1))) == 0 {
				t.Errorf("%q in place of %q is not noticed", changed, old)
			}
		}
	}
}
