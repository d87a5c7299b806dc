package rdsvet

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// importPaths are those of the library's packages for drivers.
var importPaths = map[string]string{
	"rdspgx":   "github.com/rdstls/go/pgx",
	"rdsmysql": "github.com/rdstls/go/mysql",
}

// fix returns the replacement of call by one of the library's, if one does the
// same for every string that argument can be.
func (c *checker) fix(s sink, call *ast.CallExpr, argument ast.Expr) []analysis.SuggestedFix {
	pkg, function, ok := strings.Cut(s.fix, ".")
	if !ok || !c.canBeRaised(s, argument) {
		return nil
	}
	file := c.fileOf(call.Pos())
	path := importPaths[pkg]
	if file == nil || c.isTaken(pkg, path, call.Pos()) {
		return nil
	}
	if _, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); !ok || call.Ellipsis.IsValid() {
		return nil
	}
	edits := []analysis.TextEdit{{Pos: call.Fun.Pos(), End: call.Fun.End(), NewText: []byte(pkg + "." + function)}}
	last := call.Args[len(call.Args)-1]
	if argument != call.Args[0] && s.path == "database/sql" { // the name of the driver goes
		edits = append(edits, analysis.TextEdit{Pos: call.Args[0].Pos(), End: argument.Pos()})
	}
	edits = append(edits, analysis.TextEdit{Pos: last.End(), End: last.End(), NewText: []byte(", nil")})
	edits = append(edits, c.importEdits(file)...)
	return []analysis.SuggestedFix{{Message: "Replace by " + s.fix, TextEdits: edits}}
}

// canBeRaised reports whether the library accepts every string that argument can
// be: it refuses one that asks for plaintext outright, and hosts that are no
// endpoints.
func (c *checker) canBeRaised(s sink, argument ast.Expr) bool {
	for _, text := range c.index.strings(argument) {
		conn, _, err := s.dialect.parse(text)
		if err != nil || conn.Mode == "disable" || conn.Mode == "false" || conn.Ignored != "" || conn.Unknown {
			return false
		}
		if slices.ContainsFunc(conn.Hosts, func(host string) bool { return !c.canBeEndpoint(host) }) {
			return false
		}
	}
	return !c.index.guessed || c.opts.AssumeRDS
}

// canBeEndpoint reports whether the library can verify host, as far as is known.
func (c *checker) canBeEndpoint(host string) bool {
	return connstr.IsEndpoint(host) || c.opts.AssumeRDS && connstr.ClassOf(host) == connstr.UnknownHost
}

func (c *checker) fileOf(pos token.Pos) *ast.File {
	for _, file := range c.pass.Files {
		if file.FileStart <= pos && pos < file.FileEnd {
			return file
		}
	}
	return nil
}

// isTaken reports whether name means something else than the package path at pos.
func (c *checker) isTaken(name, path string, pos token.Pos) bool {
	scope := c.pass.Pkg.Scope().Innermost(pos)
	if scope == nil {
		return true
	}
	_, object := scope.LookupParent(name, token.NoPos)
	if object == nil {
		return false
	}
	imported, ok := object.(*types.PkgName)
	return !ok || imported.Imported().Path() != path
}

// importEdits returns the edits that all fixes of a file need together: the imports
// of the library, in place of those that nothing uses any more. Each fix carries all
// of them; identical edits are made once.
func (c *checker) importEdits(file *ast.File) []analysis.TextEdit {
	fixed, needed := c.fixedCalls(file)
	for _, spec := range file.Imports {
		needed = slices.DeleteFunc(needed, func(name string) bool { return importPaths[name] == strings.Trim(spec.Path.Value, `"`) })
	}
	text := ""
	for _, name := range needed {
		text += name + ` "` + importPaths[name] + "\"\n"
	}
	text = strings.TrimSuffix(text, "\n")
	var edits []analysis.TextEdit
	for _, spec := range file.Imports {
		if c.isUnusedWithout(spec, fixed) {
			decl := declOf(file, spec)
			at := analysis.TextEdit{Pos: spec.Pos(), End: spec.End(), NewText: []byte(text)}
			if !decl.Lparen.IsValid() {
				at = analysis.TextEdit{Pos: decl.Pos(), End: decl.End(), NewText: []byte(grouped(text))}
			}
			edits = append(edits, at)
			text = ""
		}
	}
	if text == "" {
		return edits
	}
	last := file.Imports[len(file.Imports)-1]
	if !declOf(file, last).Lparen.IsValid() {
		text = grouped(text)
	}
	return append(edits, analysis.TextEdit{Pos: last.End(), End: last.End(), NewText: []byte("\n" + text)})
}

// declOf returns the declaration that spec stands in.
func declOf(file *ast.File, spec *ast.ImportSpec) *ast.GenDecl {
	for _, decl := range file.Decls {
		if d, ok := decl.(*ast.GenDecl); ok && d.Pos() <= spec.Pos() && spec.End() <= d.End() {
			return d
		}
	}
	return &ast.GenDecl{}
}

// grouped returns an import declaration for the specs in text, if there are any.
func grouped(text string) string {
	if text == "" {
		return ""
	}
	return "import (\n" + text + "\n)"
}

// fixedCalls returns the package names of the calls in file that get a fix, and the
// library's packages that their replacements need.
func (c *checker) fixedCalls(file *ast.File) (fixed map[*ast.Ident]bool, needed []string) {
	fixed = map[*ast.Ident]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		s, argument, ok := c.index.sinkOf(call)
		if !ok || s.fix == "" || !c.isReported(s, call, argument) {
			return true
		}
		name, _, _ := strings.Cut(s.fix, ".")
		if !slices.Contains(needed, name) {
			needed = append(needed, name)
		}
		if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			if ident, ok := selector.X.(*ast.Ident); ok {
				fixed[ident] = true
			}
		}
		return true
	})
	slices.Sort(needed)
	return fixed, needed
}

// isUnusedWithout reports whether an import is used, and only by the names in fixed.
func (c *checker) isUnusedWithout(spec *ast.ImportSpec, fixed map[*ast.Ident]bool) bool {
	pkg := c.pass.TypesInfo.PkgNameOf(spec)
	used := false
	for ident, object := range c.pass.TypesInfo.Uses {
		if object == pkg {
			if used = true; !fixed[ident] {
				return false
			}
		}
	}
	return used
}

// isReported reports whether call gets a finding with a fix.
func (c *checker) isReported(s sink, call *ast.CallExpr, argument ast.Expr) bool {
	name, _, _ := strings.Cut(s.fix, ".")
	if !c.canBeRaised(s, argument) || c.isTaken(name, importPaths[name], call.Pos()) {
		return false
	}
	for _, text := range c.index.strings(argument) {
		conn, verdict, err := s.dialect.parse(text)
		if err != nil {
			return false
		}
		host := c.opts.hostClass(conn)
		f, ok := judge(verdict, conn, s.dialect, host)
		if ok && host == connstr.RDSHost && !c.isSuppressed(f.Rule, call.Pos()) {
			return true
		}
	}
	return false
}
