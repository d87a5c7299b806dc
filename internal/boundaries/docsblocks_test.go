package boundaries

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A block is a fenced piece of a document.
type block struct {
	file string // from the root of the module
	line int    // of its first line of text
	text string
}

// goBlocks returns the blocks of text that are marked as Go.
func goBlocks(file, text string) []block {
	var blocks []block
	var fence string // of the block that the line is in
	var current *block
	for i, line := range strings.SplitAfter(text, "\n") {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence == "" && strings.HasPrefix(trimmed, "```"):
			fence = trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`"))]
			if info := strings.Fields(strings.TrimLeft(trimmed, "`")); len(info) > 0 && info[0] == "go" {
				current = &block{file: file, line: i + 2}
			}
		case fence != "" && trimmed == fence:
			if current != nil {
				blocks = append(blocks, *current)
			}
			fence, current = "", nil
		case current != nil:
			current.text += line
		}
	}
	return blocks
}

// prose returns text with its blocks blanked and its lines kept.
func prose(text string) string {
	var b strings.Builder
	var fence string
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case fence == "" && strings.HasPrefix(trimmed, "```"):
			fence = trimmed[:len(trimmed)-len(strings.TrimLeft(trimmed, "`"))]
			line = "\n"
		case fence != "":
			if trimmed == fence {
				fence = ""
			}
			line = "\n"
		}
		b.WriteString(line)
	}
	return b.String()
}

// documents returns the Markdown files of the repository, by their path from its
// root.
func documents(t *testing.T) map[string]string {
	t.Helper()
	root := filepath.Join("..", "..")
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2:
			return filepath.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, ".md"):
			return nil
		}
		name, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		text, err := os.ReadFile(path)
		files[filepath.ToSlash(name)] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no documents: the search is broken")
	}
	return files
}
