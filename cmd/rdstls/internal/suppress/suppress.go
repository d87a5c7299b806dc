// Package suppress reads the comments that keep findings out of a report.
package suppress

import (
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strings"
)

// A Comment is a comment that keeps findings out of the report:
//
//	# rdstls:ignore RT102 the server is a test fixture
//
// It applies to its own line and, if it stands alone, to the line below. Without a
// reason it suppresses nothing.
type Comment struct {
	Path  string
	Line  int
	Rules []string // as written; separated by commas in the file
	Alone bool     // nothing but the comment is on the line
	Used  bool     // a finding was suppressed
}

// Keyword begins every suppression.
const Keyword = "rdstls:ignore"

var ignoreComment = regexp.MustCompile(`(?:#|//|--|;|/\*|<!--|\{\{/\*)\s*rdstls:ignore\s+(RT\d+(?:\s*,\s*RT\d+)*)\s+(\S)`)

// Parse returns the suppression in a line, if there is one.
func Parse(line string) (Comment, bool) {
	m := ignoreComment.FindStringSubmatchIndex(line)
	if m == nil || strings.HasPrefix(line[m[4]:], "*/") || strings.HasPrefix(line[m[4]:], "--") {
		return Comment{}, false // the end of the comment is no reason
	}
	rules := strings.Split(line[m[2]:m[3]], ",")
	for i := range rules {
		rules[i] = strings.TrimSpace(rules[i])
	}
	return Comment{Rules: rules, Alone: strings.TrimSpace(line[:m[0]]) == ""}, true
}

// Covers reports whether c suppresses a finding of rule on line.
func (c Comment) Covers(rule string, line int) bool {
	return (line == c.Line || c.Alone && line == c.Line+1) && slices.Contains(c.Rules, rule)
}

// Find marks the comments that suppress a finding of rule in path as used, and
// reports whether there is one.
func Find(comments []Comment, path, rule string, line int) bool {
	found := false
	for i := range comments {
		if c := &comments[i]; c.Path == path && c.Covers(rule, line) {
			c.Used, found = true, true
		}
	}
	return found
}

// InGo returns the suppressions in Go files.
func InGo(fset *token.FileSet, files []*ast.File) []Comment {
	var found []Comment
	for _, file := range files {
		var code map[int]bool // the lines with code; most files need none
		for _, group := range file.Comments {
			for _, comment := range group.List {
				c, ok := Parse(comment.Text)
				if !ok || !c.Alone { // a comment that mentions one in its text
					continue
				}
				if code == nil {
					code = linesOfCode(fset, file)
				}
				pos := fset.Position(comment.Pos())
				c.Path, c.Line, c.Alone = pos.Filename, pos.Line, !code[pos.Line]
				found = append(found, c)
			}
		}
	}
	return found
}

// linesOfCode returns the lines on which a node begins or ends.
func linesOfCode(fset *token.FileSet, file *ast.File) map[int]bool {
	lines := map[int]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n.(type) {
		case nil:
		case *ast.File:
			return true
		case *ast.Comment, *ast.CommentGroup:
			return false
		default:
			lines[fset.Position(n.Pos()).Line] = true
			lines[fset.Position(n.End()-1).Line] = true
		}
		return true
	})
	return lines
}
