package boundaries

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// libraries are the directories whose code runs in other people's programs.
var libraries = []string{"bundle", "rdstls", "pgx", "mysql", "rdsiam", "internal/adapter"}

// forbiddenCalls are what library code must not do, by package and function.
var forbiddenCalls = map[string]string{
	"os.Getenv":    "the environment must not change whom a program trusts",
	"os.LookupEnv": "the environment must not change whom a program trusts",
	"os.Environ":   "the environment must not change whom a program trusts",
	"os.ReadFile":  "files of the host must not change whom a program trusts",
	"os.Open":      "files of the host must not change whom a program trusts",
	"log.Print":    "logging is the program's",
	"log.Printf":   "logging is the program's",
	"log.Println":  "logging is the program's",
}

func TestLibrarySource(t *testing.T) {
	t.Parallel()
	for _, dir := range libraries {
		for name, file := range goFiles(t, filepath.Join("..", "..", dir)) {
			for _, decl := range file.Decls {
				switch d := decl.(type) {
				case *ast.FuncDecl:
					if d.Recv == nil && d.Name.Name == "init" {
						t.Errorf("%s has a function init: importing a package must cost nothing", name)
					}
				case *ast.GenDecl:
					checkVars(t, name, d)
				}
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if s, ok := n.(*ast.SelectorExpr); ok {
					if pkg, ok := s.X.(*ast.Ident); ok {
						if why, found := forbiddenCalls[pkg.Name+"."+s.Sel.Name]; found {
							t.Errorf("%s uses %s.%s: %s", name, pkg.Name, s.Sel.Name, why)
						}
					}
				}
				return true
			})
		}
	}
}

// checkVars reports exported variables other than errors: anybody could assign
// to them.
func checkVars(t *testing.T, name string, d *ast.GenDecl) {
	t.Helper()
	if d.Tok != token.VAR {
		return
	}
	for _, spec := range d.Specs {
		for _, ident := range spec.(*ast.ValueSpec).Names {
			if ident.IsExported() && !strings.HasPrefix(ident.Name, "Err") {
				t.Errorf("%s exports the variable %s", name, ident.Name)
			}
		}
	}
}

// Nothing but a test may turn verification off.
func TestNoInsecureSkipVerify(t *testing.T) {
	t.Parallel()
	for name, file := range goFiles(t, filepath.Join("..", "..")) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && key.Name == "InsecureSkipVerify" {
					t.Errorf("%s sets InsecureSkipVerify", name)
				}
			case *ast.AssignStmt:
				for _, left := range n.Lhs {
					if s, ok := left.(*ast.SelectorExpr); ok && s.Sel.Name == "InsecureSkipVerify" {
						t.Errorf("%s sets InsecureSkipVerify", name)
					}
				}
			}
			return true
		})
	}
}

// goFiles parses the Go files under root that are not tests.
func goFiles(t *testing.T, root string) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && strings.HasPrefix(d.Name(), ".") && len(d.Name()) > 2:
			return filepath.SkipDir
		case d.IsDir() && strings.HasSuffix(filepath.ToSlash(path), "rdsvet/testdata"):
			return filepath.SkipDir // what the analyzers must find
		case d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files[path], err = parser.ParseFile(token.NewFileSet(), path, text, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no Go files under %s", root)
	}
	return files
}
