package scan_test

import (
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestExamples checks every rule against files as real projects have them: Helm
// values, Compose files, settings of Django, Rails, Spring and Node.js, scripts and
// infrastructure code, with and without a finding.
func TestExamples(t *testing.T) {
	t.Parallel()
	paths, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(paths) == 0 {
		t.Fatalf("there are no examples: %v", err)
	}
	for _, path := range paths {
		archive, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		cases := map[string]fileCase{}
		for _, file := range archive.Files {
			name, want, _ := strings.Cut(file.Name, " | ")
			example := fileCase{path: filepath.Base(name), text: string(file.Data)}
			if want != "silent" {
				example.want = strings.Split(want, ", ")
			}
			cases[name] = example
		}
		testFiles(t, cases)
	}
}
