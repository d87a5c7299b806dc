// Package examples holds the test of the table of examples. It has no code.
package examples

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Nobody finds an example that is not in the table.
func TestReadmeListsExamples(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, pattern := range []string{"*/main.go", "integrations/*/main.go"} {
		mains, err := filepath.Glob(filepath.FromSlash(pattern))
		if err != nil {
			t.Fatal(err)
		}
		for _, main := range mains {
			found++
			if dir := filepath.ToSlash(filepath.Dir(main)); !strings.Contains(string(readme), "]("+dir+")") {
				t.Errorf("README.md does not list %s", dir)
			}
		}
	}
	if found == 0 {
		t.Error("no examples were found: the search is broken")
	}
}
