package scan

import (
	"path/filepath"
	"strings"
)

// A language decides how comments begin.
type language int

const (
	otherLanguage language = iota
	hashComments
	slashComments
	dashComments
	semicolonComments
	remComments
)

func languageOf(path string) language {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".java", ".kt", ".kts", ".scala", ".groovy", ".gradle", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx", ".cs", ".fs", ".dart", ".rs", ".php", ".prisma", ".jsonc", ".json5":
		return slashComments
	case ".sql", ".lua":
		return dashComments
	case ".ini", ".cfg", ".cnf", ".clj":
		return semicolonComments
	case ".bat", ".cmd":
		return remComments
	case ".json", ".xml", ".config", ".md", ".rst":
		return otherLanguage
	}
	return hashComments
}

// isComment reports whether a line is nothing but a comment.
func (l language) isComment(line string) bool {
	line = strings.TrimLeft(line, " \t")
	switch l {
	case slashComments:
		return strings.HasPrefix(line, "//") || strings.HasPrefix(line, "*") || strings.HasPrefix(line, "/*") || strings.HasPrefix(line, "# ") // of PHP
	case dashComments:
		return strings.HasPrefix(line, "--")
	case semicolonComments:
		return strings.HasPrefix(line, ";") || strings.HasPrefix(line, "#")
	case remComments:
		return strings.HasPrefix(strings.ToLower(line), "rem ") || strings.HasPrefix(line, "::")
	case hashComments:
		return strings.HasPrefix(line, "#") || strings.HasPrefix(line, "{{/*") || strings.HasPrefix(line, "//")
	}
	return strings.HasPrefix(line, "<!--")
}

// blockComments are the beginnings and ends of comments of several lines.
func (f *file) blockComments() [][2]string {
	switch ext := strings.ToLower(filepath.Ext(f.path)); {
	case f.language == slashComments, ext == ".sql", f.isTerraform(), baseName(f.path) == "jenkinsfile":
		return [][2]string{{"/*", "*/"}}
	case ext == ".lua":
		return [][2]string{{"--[[", "]]"}}
	case ext == ".ps1":
		return [][2]string{{"<#", "#>"}}
	case ext == ".rb":
		return [][2]string{{"=begin", "=end"}}
	case f.language == otherLanguage:
		return [][2]string{{"<!--", "-->"}}
	}
	return [][2]string{{"{{/*", "*/"}, {"{{- /*", "*/"}}
}

// findComments finds the lines that are nothing but comments. A comment of several
// lines begins a line, and ends: otherwise it would silence the rest of the file.
func (f *file) findComments() {
	f.comments = make([]bool, len(f.lines))
	for i, line := range f.lines {
		f.comments[i] = f.language.isComment(line)
	}
	for _, block := range f.blockComments() {
		f.findBlocks(block[0], block[1])
	}
}

func (f *file) findBlocks(begin, end string) {
	first := -1
	for i, line := range f.lines {
		text := strings.TrimLeft(line, " \t")
		if first < 0 {
			if !strings.HasPrefix(text, begin) || strings.Contains(text[len(begin):], end) {
				continue
			}
			first = i
			continue
		}
		_, rest, found := strings.Cut(line, end)
		if !found {
			continue
		}
		for at := first; at < i; at++ {
			f.comments[at] = true
		}
		f.comments[i] = strings.Trim(rest, " \t-}") == "" // of {{- /* */ -}}
		first = -1
	}
}
