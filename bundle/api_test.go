package bundle_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"
)

// TestAPI lists what the package exports, so that an addition is a decision.
func TestAPI(t *testing.T) {
	t.Parallel()
	want := []string{"AddRegion", "AmazonTrust", "AmazonTrustRoots", "Newest", "PEM", "ParsePool", "Pool", "RegionRoots", "Regions", "Root", "Roots", "SHA256"}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			got = append(got, exported(d)...)
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the package exports %q, want %q", got, want)
	}
}

// exported returns the exported names that d declares at package level.
func exported(d ast.Decl) []string {
	var names []*ast.Ident
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, spec.Name)
			case *ast.ValueSpec:
				names = append(names, spec.Names...)
			}
		}
	}
	var list []string
	for _, name := range names {
		if name.IsExported() {
			list = append(list, name.Name)
		}
	}
	return list
}
