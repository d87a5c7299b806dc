package rdsvet

import (
	"go/ast"
	"go/token"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
	"golang.org/x/tools/go/types/typeutil"
)

// An index is what the checks ask of a package: which values a variable gets, and
// where it is used.
type index struct {
	pass   *analysis.Pass
	steps  int // taken for the string that is being followed
	opts   *Options
	root   inspector.Cursor
	values map[types.Object][]ast.Expr // what is assigned; nil for what cannot be told
	uses   map[types.Object][]inspector.Cursor
	bodies map[types.Object]*ast.FuncDecl
	// appended is what += adds to a variable, in order.
	appended map[types.Object][]ast.Expr
	calls    map[types.Object][]*ast.CallExpr // of functions of this package, and variables, outside tests
	fields   map[*types.Var][]ast.Expr        // what is assigned to fields of structs, outside tests
	fates    map[types.Object]fate            // of results and parameters, once they are known
	guessed  bool                             // the string that is being followed depends on a field
}

func newIndex(pass *analysis.Pass, opts *Options) *index {
	x := &index{
		pass:   pass,
		opts:   opts,
		root:   pass.ResultOf[inspect.Analyzer].(*inspector.Inspector).Root(),
		values: map[types.Object][]ast.Expr{},
		uses:   map[types.Object][]inspector.Cursor{},
		bodies: map[types.Object]*ast.FuncDecl{},

		appended: map[types.Object][]ast.Expr{},
		calls:    map[types.Object][]*ast.CallExpr{},
		fields:   map[*types.Var][]ast.Expr{},
		fates:    map[types.Object]fate{},
	}
	if !x.usesDatabase() {
		return x
	}
	for cursor := range x.root.Preorder((*ast.AssignStmt)(nil), (*ast.ValueSpec)(nil), (*ast.RangeStmt)(nil), (*ast.UnaryExpr)(nil), (*ast.Ident)(nil), (*ast.FuncDecl)(nil), (*ast.CallExpr)(nil), (*ast.CompositeLit)(nil)) {
		switch n := cursor.Node().(type) {
		case *ast.AssignStmt:
			x.addAssignment(n)
		case *ast.ValueSpec:
			x.addSpec(n)
		case *ast.RangeStmt:
			x.addUnknown(n.Key)
			if n.Value != nil {
				x.addValue(n.Value, &ast.IndexExpr{X: n.X})
			}
		case *ast.UnaryExpr:
			// Other code may write through the pointer. Configurations are followed by
			// their fields, so it matters for strings alone.
			if n.Op == token.AND && isString(pass.TypesInfo.TypeOf(n.X)) {
				x.addUnknown(n.X)
			}
		case *ast.Ident:
			if object := pass.TypesInfo.Uses[n]; object != nil {
				x.uses[object] = append(x.uses[object], cursor)
			}
		case *ast.CallExpr:
			x.addCall(n)
		case *ast.CompositeLit:
			x.addFields(n)
		case *ast.FuncDecl:
			x.bodies[pass.TypesInfo.Defs[n.Name]] = n
		}
	}
	return x
}

// databasePackages begin the paths of packages that connect to a database.
var databasePackages = []string{
	"database/sql", "github.com/jackc/pgx/", "github.com/lib/pq", "github.com/go-sql-driver/mysql", "gorm.io/driver/", "github.com/jmoiron/sqlx",
	"github.com/uptrace/bun/driver/pgdriver", "github.com/golang-migrate/migrate/", "entgo.io/ent/dialect",
}

// usesDatabase reports whether the package imports one of them. go vet runs the
// analyzers on every dependency, and nearly all of them do not.
func (x *index) usesDatabase() bool {
	var paths []string
	for _, imported := range x.pass.Pkg.Imports() {
		paths = append(paths, imported.Path())
	}
	return x.opts.UsesDatabase(x.pass.Pkg.Path(), paths)
}

func isDatabasePackage(path string) bool {
	return slices.ContainsFunc(databasePackages, func(begin string) bool { return strings.HasPrefix(path, begin) })
}

func isString(t types.Type) bool {
	if t == nil {
		return false
	}
	basic, ok := t.Underlying().(*types.Basic)
	return ok && basic.Info()&types.IsString != 0
}

func (x *index) addAssignment(n *ast.AssignStmt) {
	for i, left := range n.Lhs {
		switch {
		case n.Tok == token.ADD_ASSIGN && x.objectOf(left) != nil:
			x.appended[x.objectOf(left)] = append(x.appended[x.objectOf(left)], n.Rhs[0])
		case n.Tok != token.ASSIGN && n.Tok != token.DEFINE:
			x.addUnknown(left)
		case len(n.Lhs) == len(n.Rhs):
			x.addValue(left, n.Rhs[i])
		case i == 0:
			x.addValue(left, n.Rhs[0]) // the first result of a call
		default:
			x.addUnknown(left)
		}
	}
}

func (x *index) addSpec(n *ast.ValueSpec) {
	for i, name := range n.Names {
		switch {
		case len(n.Values) == len(n.Names):
			x.addValue(name, n.Values[i])
		case len(n.Values) == 1 && i == 0:
			x.addValue(name, n.Values[0])
		}
	}
}

func (x *index) addCall(call *ast.CallExpr) {
	if x.inTest(call) {
		return
	}
	if f := x.callee(call); f != nil && f.Pkg() == x.pass.Pkg {
		x.calls[f.Origin()] = append(x.calls[f.Origin()], call)
	} else if object, ok := x.objectOf(call.Fun).(*types.Var); ok { // a function literal
		x.calls[object] = append(x.calls[object], call)
	}
}

// inTest reports whether n stands in a test.
func (x *index) inTest(n ast.Node) bool {
	return strings.HasSuffix(x.pass.Fset.Position(n.Pos()).Filename, "_test.go")
}

func (x *index) addUnknown(target ast.Expr) { x.addValue(target, nil) }

func (x *index) addValue(target ast.Expr, value ast.Expr) {
	if object := x.objectOf(target); object != nil {
		x.values[object] = append(x.values[object], value)
	} else if f := x.ownField(target); f != nil && !x.inTest(target) {
		x.fields[f] = append(x.fields[f], value)
	}
}

// objectOf returns the variable that expr is, or nil.
func (x *index) objectOf(expr ast.Expr) types.Object {
	ident, ok := ast.Unparen(expr).(*ast.Ident)
	if !ok {
		return nil
	}
	return x.pass.TypesInfo.ObjectOf(ident)
}

// rootOf returns the variable at the beginning of cfg.ConnConfig.TLSConfig, or nil.
func (x *index) rootOf(expr ast.Expr) types.Object {
	for {
		switch e := ast.Unparen(expr).(type) {
		case *ast.SelectorExpr:
			expr = e.X
		case *ast.StarExpr:
			expr = e.X
		case *ast.UnaryExpr:
			expr = e.X
		default:
			return x.objectOf(e)
		}
	}
}

// callee returns the function that call calls, or nil.
func (x *index) callee(call *ast.CallExpr) *types.Func {
	f, _ := typeutil.Callee(x.pass.TypesInfo, call).(*types.Func)
	return f
}

// isFunc reports whether f is the function of a package, or the method of a type
// of it if name is "Type.Method".
func isFunc(f *types.Func, path, name string) bool {
	if f == nil || f.Pkg() == nil || f.Pkg().Path() != path {
		return false
	}
	receiver := f.Signature().Recv()
	if receiver == nil {
		return f.Name() == name
	}
	typeName, method, ok := strings.Cut(name, ".")
	return ok && f.Name() == method && isNamed(receiver.Type(), path, typeName)
}

// isNamed reports whether t is a type of a package, or a pointer to it.
func isNamed(t types.Type, path, name string) bool {
	named, ok := namedOf(t)
	return ok && named.Obj().Name() == name && named.Obj().Pkg() != nil && named.Obj().Pkg().Path() == path
}

// namedOf returns the declared type that t is, or points to.
func namedOf(t types.Type) (*types.Named, bool) {
	if pointer, ok := types.Unalias(t).(*types.Pointer); ok {
		t = pointer.Elem()
	}
	named, ok := types.Unalias(t).(*types.Named)
	return named, ok
}

func typeName(t types.Type) string {
	if named, ok := namedOf(t); ok {
		return named.Obj().Name()
	}
	return ""
}

// enclosing returns the function around cursor, a literal's outermost one.
func enclosing(cursor inspector.Cursor) inspector.Cursor {
	result := cursor
	for c := range cursor.Enclosing((*ast.FuncDecl)(nil), (*ast.File)(nil)) {
		if _, ok := c.Node().(*ast.FuncDecl); ok {
			return c
		}
		result = c
	}
	return result
}

const rdsAuth = "github.com/aws/aws-sdk-go-v2/feature/rds/auth"

// mintsToken reports whether the function around cursor makes an IAM token, which
// goes to whatever server answers.
func (x *index) mintsToken(cursor inspector.Cursor) bool {
	for c := range enclosing(cursor).Preorder((*ast.CallExpr)(nil)) {
		if f := x.callee(c.Node().(*ast.CallExpr)); isFunc(f, rdsAuth, "BuildAuthToken") || isFunc(f, "github.com/aws/aws-sdk-go/service/rds/rdsutils", "BuildAuthToken") {
			return true
		}
	}
	return false
}
