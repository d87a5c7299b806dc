package vet

import (
	"bytes"
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"

	"golang.org/x/tools/go/packages"

	"github.com/rdstls/go/cmd/rdstls/internal/suppress"
	"github.com/rdstls/go/cmd/rdstls/rdsvet"
)

// load loads the packages of a module that can have findings. Types need compiled
// dependencies, which can take the go command many minutes, so the packages that
// have nothing to do with a database are left out.
func (a *analyzed) load(ctx context.Context, m module, opts *rdsvet.Options) ([]*packages.Package, error) {
	cfg := &packages.Config{
		Context: ctx, Dir: m.dir,
		Mode: packages.NeedName | packages.NeedFiles | packages.NeedImports | packages.NeedDeps | packages.NeedModule,
	}
	listed, err := packages.Load(cfg, m.patterns...)
	if err != nil {
		return nil, err
	}
	a.packages = len(listed)
	patterns := m.patterns
	var left []*packages.Package
	cheap := map[*packages.Package]bool{}
	for _, pkg := range listed {
		if len(pkg.Errors) == 0 && !opts.UsesDatabase(pkg.PkgPath, importsOf(pkg)) && !isCheap(pkg, cheap) {
			left = append(left, pkg)
		}
	}
	if len(left) > 0 {
		patterns = pathsWithout(listed, left)
		a.addUnloaded(left)
	}
	// Without patterns, the go command would take the current directory.
	if len(patterns) == 0 {
		return nil, nil
	}
	cfg.Mode = packages.LoadSyntax | packages.NeedModule
	return packages.Load(cfg, patterns...)
}

func importsOf(pkg *packages.Package) []string {
	var paths []string
	for _, imported := range pkg.Imports {
		paths = append(paths, imported.PkgPath)
	}
	return paths
}

// isCheap reports whether a package needs only the standard library and its own
// module. It is loaded even if it uses no database: its errors are worth a report.
func isCheap(pkg *packages.Package, known map[*packages.Package]bool) bool {
	cheap, ok := known[pkg]
	if ok {
		return cheap
	}
	known[pkg] = true // for cycles, which are errors
	if pkg.Module != nil && !pkg.Module.Main {
		cheap = false
	} else {
		cheap = true
		for _, imported := range pkg.Imports {
			cheap = cheap && (isStandard(imported) || isCheap(imported, known))
		}
	}
	known[pkg] = cheap
	return cheap
}

// isStandard reports whether a package is of the standard library, whose import
// paths have no dot in their first element.
func isStandard(pkg *packages.Package) bool {
	first, _, _ := strings.Cut(pkg.PkgPath, "/")
	return pkg.Module == nil && !strings.Contains(first, ".")
}

// pathsWithout returns the import paths of listed without those of left.
func pathsWithout(listed, left []*packages.Package) []string {
	skip := map[*packages.Package]bool{}
	for _, pkg := range left {
		skip[pkg] = true
	}
	var paths []string
	for _, pkg := range listed {
		if !skip[pkg] {
			paths = append(paths, pkg.PkgPath)
		}
	}
	return paths
}

// addUnloaded finds the suppressions in packages that are not loaded: all of them
// are unused.
func (a *analyzed) addUnloaded(pkgs []*packages.Package) {
	for _, pkg := range pkgs {
		for _, path := range pkg.GoFiles {
			data, err := os.ReadFile(path)
			if err != nil || !bytes.Contains(data, []byte(suppress.Keyword)) {
				continue
			}
			fset := token.NewFileSet()
			if file, err := parser.ParseFile(fset, path, data, parser.ParseComments|parser.SkipObjectResolution); err == nil {
				a.suppressions = append(a.suppressions, suppress.InGo(fset, []*ast.File{file})...)
			}
		}
	}
}
