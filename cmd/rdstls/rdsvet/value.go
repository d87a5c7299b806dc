package rdsvet

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"os"
	"regexp"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// maxValues bounds the combinations of what variables may hold, maxDepth the
// variables and functions that are followed, and maxSteps the work for one string.
const (
	maxValues = 16
	maxDepth  = 8
	maxSteps  = 10000
)

// strings returns what expr may be, with a hole for each part that is not known.
func (x *index) strings(expr ast.Expr) []string {
	x.steps, x.guessed = 0, false
	return x.stringsAt(expr, maxDepth)
}

var unknown = []string{connstr.Hole}

func (x *index) stringsAt(expr ast.Expr, depth int) []string {
	if x.steps++; expr == nil || depth == 0 || x.steps > maxSteps {
		return unknown
	}
	if value := x.pass.TypesInfo.Types[expr].Value; value != nil {
		if value.Kind() == constant.String {
			return []string{constant.StringVal(value)}
		}
		return []string{value.ExactString()}
	}
	switch e := expr.(type) {
	case *ast.ParenExpr:
		return x.stringsAt(e.X, depth)
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			return combine(x.stringsAt(e.X, depth-1), x.stringsAt(e.Y, depth-1))
		}
	case *ast.Ident:
		return x.variable(x.pass.TypesInfo.ObjectOf(e), depth)
	case *ast.SelectorExpr:
		if object, ok := x.pass.TypesInfo.Uses[e.Sel].(*types.Var); ok && !object.IsField() {
			return x.variable(object, depth)
		}
		return x.selected(e, depth)
	case *ast.IndexExpr:
		return x.element(e, depth)
	case *ast.CallExpr:
		return x.call(e, depth)
	}
	return unknown
}

func combine(first, second []string) []string {
	var all []string
	for _, a := range first {
		for _, b := range second {
			if len(all) < maxValues {
				all = append(all, a+b)
			}
		}
	}
	return all
}

// variable returns every value that a variable of this package gets.
func (x *index) variable(object types.Object, depth int) []string {
	v, ok := object.(*types.Var)
	if !ok || v.IsField() || v.Pkg() != x.pass.Pkg {
		return unknown
	}
	var all []string
	arguments, complete := x.argumentsOf(v)
	for _, value := range append(arguments, x.values[object]...) {
		if len(all) < maxValues {
			all = append(all, x.stringsAt(value, depth-1)...)
		}
	}
	if !complete || v.Exported() && v.Parent() == x.pass.Pkg.Scope() || len(all) == 0 {
		all = append(all, connstr.Hole) // another package, or a caller, may set it
	}
	var pieces [][]string
	for _, added := range x.appended[object] {
		pieces = append(pieces, x.stringsAt(added, depth-1))
	}
	return assemble(all, pieces)
}

func (x *index) call(call *ast.CallExpr, depth int) []string {
	if tv, ok := x.pass.TypesInfo.Types[call.Fun]; ok && tv.IsType() && len(call.Args) == 1 {
		return x.stringsAt(call.Args[0], depth-1) // a conversion
	}
	f := x.callee(call)
	switch {
	case isFunc(f, "fmt", "Sprintf") && len(call.Args) > 0:
		return x.format(call, depth)
	case isFunc(f, "fmt", "Sprint"):
		return x.printed(call, depth)
	case isFunc(f, "net/url", "Values.Encode"):
		if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			return x.encoded(selector.X, depth)
		}
	case isFunc(f, "cmp", "Or"):
		var all []string
		for _, argument := range call.Args {
			all = append(all, x.stringsAt(argument, depth-1)...)
		}
		return all[:min(len(all), maxValues)]
	case isFunc(f, "net", "JoinHostPort"):
		return combine(x.stringsAt(call.Args[0], depth-1), combine([]string{":"}, x.stringsAt(call.Args[1], depth-1)))
	case isFunc(f, "strings", "TrimSpace"):
		return x.stringsAt(call.Args[0], depth-1)
	case isFunc(f, "os", "ExpandEnv"):
		return mapStrings(x.stringsAt(call.Args[0], depth-1), func(s string) string {
			return os.Expand(s, func(string) string { return connstr.Hole })
		})
	case isFunc(f, "strings", "Join"):
		return x.join(call, depth)
	case isFunc(f, "strings", "ReplaceAll"):
		return x.replaced(call, depth)
	case isFunc(f, "strings", "Builder.String"), isFunc(f, "bytes", "Buffer.String"):
		if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			return x.written(selector.X, depth)
		}
	case isFunc(f, "net/url", "URL.String"):
		if selector, ok := ast.Unparen(call.Fun).(*ast.SelectorExpr); ok {
			return x.urlOf(selector.X, depth)
		}
	}
	// A helper of this package that only returns an expression.
	if f != nil {
		if returned := x.returned(f.Origin()); returned != nil {
			return x.stringsAt(returned, depth-1)
		}
	}
	return unknown
}

// returned returns what a function of this package returns, if it has one return
// statement.
func (x *index) returned(f types.Object) ast.Expr {
	decl := x.bodies[f]
	if decl == nil || decl.Body == nil || decl.Type.Results == nil {
		return nil
	}
	var result ast.Expr
	count := 0
	ast.Inspect(decl.Body, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ReturnStmt:
			count++
			if len(n.Results) > 0 {
				result = n.Results[0]
			}
		}
		return true
	})
	if count != 1 {
		return nil
	}
	return result
}

var verb = regexp.MustCompile(`%[-+# 0-9.*]*(?:\[\d+\])?[a-zA-Z%]`)

// format puts known arguments and holes into the formats of a call of Sprintf.
func (x *index) format(call *ast.CallExpr, depth int) []string {
	var all []string
	for _, format := range x.stringsAt(call.Args[0], depth-1) {
		texts, next, end := []string{""}, 1, 0
		for _, at := range verb.FindAllStringIndex(format, -1) {
			values := []string{"%"}
			if v := format[at[0]:at[1]]; v != "%%" {
				values = unknown
				if plain := v == "%s" || v == "%d" || v == "%v"; plain && next < len(call.Args) {
					values = x.stringsAt(call.Args[next], depth-1)
				}
				next++
			}
			texts = combine(combine(texts, []string{format[end:at[0]]}), values)
			end = at[1]
		}
		all = append(all, combine(texts, []string{format[end:]})...)
	}
	return all[:min(len(all), maxValues)]
}
