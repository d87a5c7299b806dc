package boundaries

import (
	"errors"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// goSuffices reports whether this Go is new enough for module. The library's own
// must allow the lowest Go that is tested; the integrations need not.
func goSuffices(t *testing.T, module string) bool {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", module, "go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^go (\S+)`).FindSubmatch(text)
	if line == nil {
		t.Fatalf("go.mod of %s has no go line", module)
	}
	if version.Compare(runtime.Version(), "go"+string(line[1])) >= 0 {
		return true
	}
	t.Logf("%s needs go%s: what documents say with its packages is not checked by %s", module, line[1], runtime.Version())
	return false
}

// exportData returns the export file of each package that snippets need.
func exportData(t *testing.T, module string, snippets []*snippet) map[string]string {
	t.Helper()
	args := []string{"list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "context"}
	for _, s := range snippets {
		args = append(args, s.paths()...)
	}
	slices.Sort(args[6:])
	cmd := exec.CommandContext(t.Context(), "go", slices.Compact(args)...)
	cmd.Dir = filepath.Join("..", "..", module)
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		t.Fatalf("go list in %s: %v", cmd.Dir, err)
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		path, file, _ := strings.Cut(strings.TrimSpace(line), " ")
		files[path] = file
	}
	return files
}
