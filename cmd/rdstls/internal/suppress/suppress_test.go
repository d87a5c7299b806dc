package suppress_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/suppress"
)

// TestParse checks which comments are suppressions, in every comment syntax, and
// that one without a reason is none.
func TestParse(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		line  string
		rules []string // nil if it is no suppression
		alone bool
	}{
		"hash":                  {"# rdstls:ignore RT101 a fixture", []string{"RT101"}, true},
		"indented":              {"    # rdstls:ignore RT101 a fixture", []string{"RT101"}, true},
		"slashes":               {"//rdstls:ignore RT002 a fixture", []string{"RT002"}, true},
		"slashes-space":         {"// rdstls:ignore RT002 a fixture", []string{"RT002"}, true},
		"sql":                   {"-- rdstls:ignore RT121 a fixture", []string{"RT121"}, true},
		"ini":                   {"; rdstls:ignore RT110 a fixture", []string{"RT110"}, true},
		"block":                 {"/* rdstls:ignore RT132 a fixture */", []string{"RT132"}, true},
		"xml":                   {"<!-- rdstls:ignore RT101 a fixture -->", []string{"RT101"}, true},
		"helm":                  {"{{/* rdstls:ignore RT110 a fixture */}}", []string{"RT110"}, true},
		"behind-code":           {"sslmode: disable # rdstls:ignore RT110 a fixture", []string{"RT110"}, false},
		"several":               {"# rdstls:ignore RT101,RT102 a fixture", []string{"RT101", "RT102"}, true},
		"several-spaces":        {"# rdstls:ignore RT101 , RT102 a fixture", []string{"RT101", "RT102"}, true},
		"no-reason":             {"# rdstls:ignore RT101", nil, false},
		"no-reason-spaces":      {"# rdstls:ignore RT101   ", nil, false},
		"no-reason-block":       {"/* rdstls:ignore RT101 */", nil, false},
		"no-reason-xml":         {"<!-- rdstls:ignore RT101 -->", nil, false},
		"no-reason-helm":        {"{{/* rdstls:ignore RT101 */}}", nil, false},
		"no-reason-helm-trim":   {"{{- /* rdstls:ignore RT101 */ -}}", nil, false},
		"no-reason-comma":       {"# rdstls:ignore RT101,", nil, false},
		"no-reason-punctuation": {"# rdstls:ignore RT101 --", nil, false},
		"no-rule":               {"# rdstls:ignore a fixture", nil, false},
		"no-comment":            {"rdstls:ignore RT101 a fixture", nil, false},
		"lower-case-rule":       {"# rdstls:ignore rt101 a fixture", nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, ok := suppress.Parse(tt.line)
			if ok != (tt.rules != nil) || !slices.Equal(c.Rules, tt.rules) || c.Alone != tt.alone {
				t.Errorf("Parse = %+v, %t", c, ok)
			}
		})
	}
}

// TestFind checks that a suppression covers its line, and the next one only if it
// stands alone, for its rules in its file, and is marked as used by that only.
func TestFind(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		alone bool
		path  string
		rule  string
		line  int
		want  bool
	}{
		"same-line":            {false, "a", "RT101", 5, true},
		"next-line":            {true, "a", "RT101", 6, true},
		"next-line-after-code": {false, "a", "RT101", 6, false},
		"line-before":          {true, "a", "RT101", 4, false},
		"two-lines-below":      {true, "a", "RT101", 7, false},
		"other-rule":           {true, "a", "RT102", 5, false},
		"other-file":           {true, "b", "RT101", 5, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			comments := []suppress.Comment{{Path: "a", Line: 5, Rules: []string{"RT101"}, Alone: tt.alone}}
			if got := suppress.Find(comments, tt.path, tt.rule, tt.line); got != tt.want || comments[0].Used != tt.want {
				t.Errorf("Find = %t, used %t, want %t", got, comments[0].Used, tt.want)
			}
		})
	}
}

// TestInGo checks the suppressions of a Go file: comments that begin with the
// keyword, not strings and not comments that mention it.
func TestInGo(t *testing.T) {
	t.Parallel()
	const source = `package a

//rdstls:ignore RT002 alone
var a = 1
var b = 2 //rdstls:ignore RT001 behind code
var c = "//rdstls:ignore RT003 in a string"
// Write //rdstls:ignore RT004 reason above the line.
//rdstls:ignore RT005
/* rdstls:ignore RT006 a block */
var d = ` + "`\n//rdstls:ignore RT007 in a raw string\n`\n"
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, "a.go", source, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	got := suppress.InGo(fset, []*ast.File{file})
	want := []struct {
		rule  string
		line  int
		alone bool
	}{{"RT002", 3, true}, {"RT001", 5, false}, {"RT006", 9, true}}
	if len(got) != len(want) {
		t.Fatalf("found %+v, want %+v", got, want)
	}
	for i, w := range want {
		if c := got[i]; c.Path != "a.go" || c.Rules[0] != w.rule || c.Line != w.line || c.Alone != w.alone {
			t.Errorf("found %+v, want %+v", c, w)
		}
	}
}
