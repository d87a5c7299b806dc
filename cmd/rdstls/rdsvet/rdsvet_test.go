package rdsvet_test

import (
	"cmp"
	"fmt"
	"go/ast"
	"go/format"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/rdstls/go/cmd/rdstls/rdsvet"
)

// An analyzed package, with the diagnostics of all analyzers at every level.
type analyzed struct {
	*packages.Package
	diagnostics []analysis.Diagnostic
	findings    []rdsvet.Finding
}

// load analyzes the packages of testdata/mod, a module of its own, so that they use
// the real drivers and libraries. It needs no syntax of their dependencies, which
// analysistest would load anew for each analyzer.
var load = sync.OnceValues(func() (map[string]*analyzed, error) {
	cfg := &packages.Config{Mode: packages.LoadSyntax | packages.NeedModule, Dir: filepath.Join("testdata", "mod"), Env: append(os.Environ(), "GOWORK=off")}
	pkgs, err := packages.Load(cfg, "./...")
	if err != nil {
		return nil, err
	}
	graph, err := checker.Analyze(rdsvet.AnalyzersWith(&rdsvet.Options{Level: rdsvet.Note}), pkgs, nil)
	if err != nil {
		return nil, err
	}
	all := map[string]*analyzed{}
	for _, pkg := range pkgs {
		if len(pkg.Errors) > 0 {
			return nil, fmt.Errorf("%s: %w", pkg.PkgPath, pkg.Errors[0])
		}
		all[pkg.Name] = &analyzed{Package: pkg}
	}
	for _, action := range graph.Roots {
		if action.Err != nil {
			return nil, action.Err
		}
		pkg := all[action.Package.Name]
		pkg.diagnostics = append(pkg.diagnostics, action.Diagnostics...)
		pkg.findings = append(pkg.findings, action.Result.([]rdsvet.Finding)...)
	}
	return all, nil
})

func packageNamed(t *testing.T, name string) *analyzed {
	t.Helper()
	all, err := load()
	if err != nil {
		t.Fatal(err)
	}
	if all[name] == nil {
		t.Fatalf("there is no package %s", name)
	}
	return all[name]
}

var wanted = regexp.MustCompile("`([^`]*)`")

// TestRules checks each rule where it must fire, which comments of the form
// "// want `text`" say, and that nothing else is reported. The package good holds
// correct uses of the library, and TLS by a dialer of one's own.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"dsn", "insecure", "fallbacks", "cleartext", "roundtrip", "defaults", "idioms", "good", "fix", "fixsql", "fixkey", "nofix"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pkg := packageNamed(t, name)
			expected := map[string][]string{}
			for _, file := range pkg.Syntax {
				for _, group := range file.Comments {
					addExpected(pkg.Fset, group, expected)
				}
			}
			for _, d := range pkg.diagnostics {
				place := lineOf(pkg.Fset, d.Pos)
				i := slices.IndexFunc(expected[place], func(text string) bool { return strings.Contains(d.Message, text) })
				if i < 0 {
					t.Errorf("%s: unexpected: %s", place, d.Message)
					continue
				}
				expected[place] = slices.Delete(expected[place], i, i+1)
			}
			for place, left := range expected {
				for _, text := range left {
					t.Errorf("%s: no finding with %q", place, text)
				}
			}
		})
	}
}

func addExpected(fset *token.FileSet, group *ast.CommentGroup, expected map[string][]string) {
	for _, comment := range group.List {
		if text, ok := strings.CutPrefix(comment.Text, "// want "); ok {
			for _, m := range wanted.FindAllStringSubmatch(text, -1) {
				place := lineOf(fset, comment.Pos())
				expected[place] = append(expected[place], m[1])
			}
		}
	}
}

func lineOf(fset *token.FileSet, pos token.Pos) string {
	p := fset.Position(pos)
	return fmt.Sprintf("%s:%d", filepath.Base(p.Filename), p.Line)
}

// TestLevels checks that the level of a finding is that of its host, unless the
// comment names another one: "// want note `text`".
func TestLevels(t *testing.T) {
	t.Parallel()
	pkg := packageNamed(t, "dsn")
	others := map[string]string{}
	for _, file := range pkg.Syntax {
		for _, group := range file.Comments {
			for _, comment := range group.List {
				if text, ok := strings.CutPrefix(comment.Text, "// want "); ok {
					others[lineOf(pkg.Fset, comment.Pos())], _, _ = strings.Cut(text, "`")
				}
			}
		}
	}
	levels := map[string]string{"rds": "error", "remote": "warning", "unknown": "note"}
	for _, f := range pkg.findings {
		place := lineOf(pkg.Fset, f.Pos)
		if want := cmp.Or(strings.TrimSpace(others[place]), levels[f.Host]); f.Level.String() != want {
			t.Errorf("%s: level %v for the host %q, want %s", place, f.Level, f.Host, want)
		}
		if strings.Contains(f.Message, "amazonaws") || strings.Contains(f.Message, "db.prod.net") {
			t.Errorf("%s: the message repeats the string: %s", place, f.Message)
		}
	}
}

// TestFixes checks what the fixes make of a file, its imports included, and that
// there is none where the library would refuse the result.
func TestFixes(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"fix", "fixsql", "fixkey", "nofix"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pkg := packageNamed(t, name)
			path := pkg.CompiledGoFiles[0]
			want, err := os.ReadFile(path + ".golden")
			if err != nil {
				t.Fatal(err)
			}
			if got := applied(t, pkg, path); got != string(want) {
				t.Errorf("the fixes make of it:\n%s\nwant:\n%s", got, want)
			}
		})
	}
}

// applied returns the file with all fixes. Identical edits are made once, as the
// public drivers of analyzers do.
func applied(t *testing.T, pkg *analyzed, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	type edit struct {
		begin, end int
		text       string
	}
	var edits []edit
	for _, d := range pkg.diagnostics {
		for _, fix := range d.SuggestedFixes {
			for _, e := range fix.TextEdits {
				edits = append(edits, edit{pkg.Fset.Position(e.Pos).Offset, pkg.Fset.Position(e.End).Offset, string(e.NewText)})
			}
		}
	}
	slices.SortFunc(edits, func(a, b edit) int { return b.begin - a.begin })
	for _, e := range slices.Compact(edits) {
		text = slices.Concat(text[:e.begin], []byte(e.text), text[e.end:])
	}
	formatted, err := format.Source(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return string(formatted)
}
