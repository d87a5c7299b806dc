package boundaries

import (
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// People copy the code of the documents, so it must compile. A block may be a whole
// file, declarations or statements; see [knownImports] for what it may leave out.
func TestDocumentsCode(t *testing.T) {
	t.Parallel()
	var snippets []*snippet
	for file, text := range documents(t) {
		for _, b := range goBlocks(file, text) {
			s, err := parseSnippet(b)
			if err != nil {
				t.Error(err)
				continue
			}
			snippets = append(snippets, s)
		}
	}
	if len(snippets) == 0 {
		t.Error("no document has a block of Go: the search is broken")
	}
	for _, err := range checkSnippets(t, snippets) {
		t.Error(err)
	}
}

// checkSnippets returns what is wrong with snippets.
func checkSnippets(t *testing.T, snippets []*snippet) (errs []error) {
	t.Helper()
	byModule := map[string][]*snippet{}
	for _, s := range snippets {
		module := s.module()
		byModule[module] = append(byModule[module], s)
	}
	for module, snippets := range byModule {
		if !goSuffices(t, module) {
			continue
		}
		packages := exportData(t, module, snippets)
		for _, s := range snippets {
			errs = append(errs, s.check(packages)...)
		}
	}
	return errs
}

// A snippet is a block as a package of Go files.
type snippet struct {
	fset  *token.FileSet
	files []*ast.File
	own   bool // the block has its own imports
}

var importDecl = regexp.MustCompile(`(?m)^import (?:\([^)]*\)|.*)$`)

// parseSnippet makes a package of b. What it adds are files and lines of their
// own, and a line comment keeps the positions of the document.
func parseSnippet(b block) (*snippet, error) {
	s := &snippet{fset: token.NewFileSet()}
	line := fmt.Sprintf("\n//line %s:%d\n", b.file, b.line)
	if strings.HasPrefix(strings.TrimSpace(b.text), "package ") {
		s.own = true
		return s, s.parse(line + b.text)
	}
	written := importDecl.FindString(b.text)
	s.own = written != ""
	// Blanked, not removed: the lines after it keep their numbers.
	text := strings.Replace(b.text, written, strings.Repeat("\n", strings.Count(written, "\n")), 1)

	begin, end := "", "\n"
	file, err := parser.ParseFile(token.NewFileSet(), "", "package p"+line+text, parser.SkipObjectResolution)
	if err != nil {
		if file, err = parser.ParseFile(s.fset, "", "package p; func _() {"+line+text+"\n}", parser.SkipObjectResolution); err != nil {
			return nil, err
		}
		begin, end = enclose(file)
	}
	if err := s.parse("package p;" + missingImports(file, written) + written + "\n" + begin + line + text + end); err != nil {
		return nil, err
	}
	return s, s.parse(predeclared(s.files[0]))
}

func (s *snippet) parse(text string) error {
	file, err := parser.ParseFile(s.fset, "", text, parser.SkipObjectResolution)
	if err == nil {
		s.files = append(s.files, file)
	}
	return err
}

// enclose returns the beginning and the end of a function that may hold the
// statements of the function in file.
func enclose(file *ast.File) (begin, end string) {
	n := 0
	for _, stmt := range file.Decls[0].(*ast.FuncDecl).Body.List {
		ast.Inspect(stmt, func(node ast.Node) bool {
			if r, ok := node.(*ast.ReturnStmt); ok {
				n = max(n, len(r.Results))
			}
			_, nested := node.(*ast.FuncLit)
			return !nested
		})
	}
	if n == 0 {
		return "func _() {", "\n}\n"
	}
	return "func _() (" + strings.Repeat("any, ", n-1) + "error) {", "\npanic(0)\n}\n"
}

// paths returns the packages that s imports.
func (s *snippet) paths() (paths []string) {
	for _, file := range s.files {
		for _, spec := range file.Imports {
			path, err := strconv.Unquote(spec.Path.Value)
			if err == nil {
				paths = append(paths, path)
			}
		}
	}
	return paths
}

// check type-checks s with the packages in files.
func (s *snippet) check(files map[string]string) (errs []error) {
	conf := types.Config{
		Importer: importer.ForCompiler(s.fset, "gc", func(path string) (io.ReadCloser, error) {
			return os.Open(files[path])
		}),
		Error: func(err error) {
			message := err.Error()
			// A block shows how a value is made, not what becomes of it. An import
			// that was added for a name that turned out to be a variable is ours.
			if strings.Contains(message, "declared and not used") ||
				!s.own && strings.Contains(message, "imported and not used") {
				return
			}
			errs = append(errs, err)
		},
	}
	_, _ = conf.Check("p", s.fset, s.files, nil) // Error got the errors
	return errs
}
