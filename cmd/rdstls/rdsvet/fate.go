package rdsvet

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/edge"
	"golang.org/x/tools/go/ast/inspector"
)

// A fate is what becomes of a configuration that was parsed from a string.
type fate int

const (
	unused  fate = iota // nothing connects with it
	pending             // a driver connects with it as it is
	escapes             // another function gets it first, or it is returned or stored
	handled             // its TLS configuration is assigned: other rules judge that
	safe                // this module's library gets it
)

// fateOf returns the fate of the result of the expression at cursor: what the
// function does with the variable that it is assigned to.
func (x *index) fateOf(cursor inspector.Cursor) fate {
	parent := cursor.Parent()
	switch n := parent.Node().(type) {
	case *ast.AssignStmt:
		if len(n.Lhs) > 0 && n.Rhs[0] == cursor.Node() {
			if object := x.objectOf(n.Lhs[0]); object != nil {
				return x.fateOfVariable(object)
			}
		}
	case *ast.ValueSpec:
		return x.fateOfVariable(x.pass.TypesInfo.Defs[n.Names[0]])
	case *ast.CallExpr:
		if x.passesOn(n) {
			return x.fateOf(parent)
		}
		return x.fateOfArgument(n, cursor)
	case *ast.ReturnStmt:
		if n.Results[0] == cursor.Node() {
			return x.fateOfResult(parent)
		}
	}
	return escapes
}

// passesOn reports whether a call returns its first argument, as must(value, err)
// does. A function with type parameters does not know the fields of a configuration.
func (x *index) passesOn(call *ast.CallExpr) bool {
	f := x.callee(call)
	if f == nil || f.Origin().Signature().TypeParams().Len() == 0 || f.Origin().Signature().Results().Len() == 0 {
		return false
	}
	_, ok := types.Unalias(f.Origin().Signature().Results().At(0).Type()).(*types.TypeParam)
	return ok
}

// fateOfResult returns the fate of what the function around a return statement
// returns: what its callers in this package do with it.
func (x *index) fateOfResult(cursor inspector.Cursor) fate {
	for enclosing := range cursor.Enclosing((*ast.FuncDecl)(nil), (*ast.FuncLit)(nil)) {
		decl, ok := enclosing.Node().(*ast.FuncDecl)
		if !ok {
			return escapes
		}
		function := x.pass.TypesInfo.Defs[decl.Name]
		return x.once(function, func() fate { return x.fateOfCalls(function) })
	}
	return escapes
}

func (x *index) fateOfCalls(function types.Object) fate {
	fates := map[fate]bool{}
	for _, use := range x.uses[function] {
		at := use
		if _, ok := at.Parent().Node().(*ast.SelectorExpr); ok { // a method
			at = at.Parent()
		}
		call := at.Parent()
		if kind, _ := at.ParentEdge(); kind != edge.CallExpr_Fun {
			return escapes
		}
		if !x.inTest(call.Node()) {
			fates[x.fateOf(call)] = true
		}
	}
	switch {
	case len(fates) == 1 && fates[safe]:
		return safe
	case len(fates) == 0, function.Exported():
		return escapes
	}
	for _, f := range [...]fate{pending, escapes, handled, unused} { // the worst one first
		if fates[f] {
			return f
		}
	}
	return safe
}

func (x *index) fateOfVariable(object types.Object) fate {
	worst := unused
	set := false
	for _, use := range x.uses[object] {
		f := x.fateOfUse(use)
		if f == safe {
			return safe
		}
		if f == handled {
			set = true
			continue
		}
		if f == pending || worst == unused {
			worst = max(worst, f)
		}
		if f == escapes {
			worst = escapes // it may have been made safe before a driver gets it
		}
	}
	if set {
		return handled
	}
	return worst
}

// tlsFields decide what a configuration verifies.
var tlsFields = []string{"TLSConfig", "TLS", "DialFunc"}

// fateOfUse climbs from a use of the variable to the whole operand, such as
// cfg.ConnConfig or *cfg, and looks at what becomes of that.
func (x *index) fateOfUse(use inspector.Cursor) fate {
	var fields []string
	at := use
	for {
		parent := at.Parent()
		switch n := parent.Node().(type) {
		case *ast.SelectorExpr:
			fields = append(fields, n.Sel.Name)
			at = parent
			continue
		case *ast.StarExpr, *ast.ParenExpr, *ast.UnaryExpr:
			at = parent
			continue
		case *ast.CallExpr:
			if kind, _ := at.ParentEdge(); kind == edge.CallExpr_Fun {
				return fateOfMethod(fields)
			}
			if !isWhole(fields) {
				return unused // a look at a field
			}
			return x.fateOfArgument(n, at)
		case *ast.AssignStmt:
			return x.fateOfAssignment(n, at, fields)
		case *ast.ReturnStmt:
			switch {
			case n.Results[0] == at.Node() && len(fields) == 0:
				return x.fateOfResult(parent)
			case isWhole(fields):
				return escapes
			}
		case *ast.KeyValueExpr, *ast.CompositeLit, *ast.SendStmt, *ast.ValueSpec:
			if isWhole(fields) {
				return escapes
			}
		}
		return unused
	}
}

// isWhole reports whether the operand is the configuration or one that it holds.
func isWhole(fields []string) bool {
	return !slices.ContainsFunc(fields, func(f string) bool { return f != "ConnConfig" && f != "Config" })
}

// fateOfMethod is for cfg.FormatDSN() and the like.
func fateOfMethod(fields []string) fate {
	if last := fields[len(fields)-1]; last == "FormatDSN" || last == "ConnString" {
		return pending
	}
	return unused
}

func (x *index) fateOfAssignment(n *ast.AssignStmt, at inspector.Cursor, fields []string) fate {
	i := slices.Index(n.Lhs, at.Node().(ast.Expr))
	if i < 0 {
		if isWhole(fields) {
			return escapes // another variable has it now
		}
		return unused
	}
	if len(fields) == 0 || !slices.Contains(tlsFields, fields[len(fields)-1]) || len(n.Lhs) != len(n.Rhs) {
		return unused
	}
	if isNil(n.Rhs[i]) || isString(x.pass.TypesInfo.TypeOf(n.Rhs[i])) {
		return unused
	}
	return handled
}

func isNil(expr ast.Expr) bool {
	ident, ok := ast.Unparen(expr).(*ast.Ident)
	return ok && ident.Name == "nil"
}

const libraryPath = "github.com/rdstls/go/"

// fateOfArgument is for a configuration that call gets as the argument at cursor.
func (x *index) fateOfArgument(call *ast.CallExpr, argument inspector.Cursor) fate {
	f := x.callee(call)
	if f == nil || f.Pkg() == nil {
		return escapes
	}
	switch path := f.Pkg().Path(); {
	case strings.HasPrefix(path, libraryPath):
		return safe
	case path == pgxPath, path == pgxpoolPath, path == pgconnPath, path == stdlibPath, path == mysqlPath:
		return pending
	}
	decl := x.bodies[f.Origin()]
	i := slices.Index(call.Args, argument.Node().(ast.Expr))
	if decl == nil || decl.Body == nil || i < 0 || i >= f.Signature().Params().Len() || f.Signature().Variadic() {
		return escapes
	}
	parameter := f.Origin().Signature().Params().At(i)
	// What the function does not do now, it can do tomorrow.
	return max(escapes, x.once(parameter, func() fate { return x.fateOfVariable(parameter) }))
}

// once returns the fate of what a function returns, or of a parameter. It is found
// once in a package; a function that calls itself lets a configuration escape.
func (x *index) once(object types.Object, find func() fate) fate {
	if f, ok := x.fates[object]; ok {
		return f
	}
	x.fates[object] = escapes
	x.fates[object] = find()
	return x.fates[object]
}

// dialsWithTLS reports whether the file around cursor gives a driver a dial
// function and makes TLS connections itself.
func (x *index) dialsWithTLS(cursor inspector.Cursor) bool {
	dials, tls := false, false
	for file := range cursor.Enclosing((*ast.File)(nil)) {
		ast.Inspect(file.Node(), func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Ident:
				dials = dials || n.Name == "DialFunc" || n.Name == "RegisterDialContext"
			case *ast.CallExpr:
				f := x.callee(n)
				tls = tls || isFunc(f, "crypto/tls", "Client") || isFunc(f, "crypto/tls", "Dial") || isFunc(f, "crypto/tls", "Dialer.DialContext")
			}
			return true
		})
	}
	return dials && tls
}
