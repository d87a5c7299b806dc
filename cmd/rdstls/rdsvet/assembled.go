package rdsvet

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// argumentsOf returns what the callers in this package give to a parameter, and
// whether there are no others. Which values of two parameters belong together is not
// known, so the function must have one caller, or one parameter that is a string.
func (x *index) argumentsOf(v *types.Var) (arguments []ast.Expr, complete bool) {
	if !isString(v.Type()) {
		return nil, true
	}
	for function, calls := range x.calls {
		signature := x.signatureOf(function)
		if signature == nil || signature.Variadic() || !slices.ContainsFunc(slices.Collect(signature.Params().Variables()), func(p *types.Var) bool { return p == v }) {
			continue
		}
		texts, position := 0, 0
		for i := range signature.Params().Len() {
			parameter := signature.Params().At(i)
			if isString(parameter.Type()) {
				texts++
			}
			if parameter == v {
				position = i
			}
		}
		complete := !function.Exported() || x.pass.Pkg.Name() == "main"
		if texts > 1 && (len(calls) > 1 || !complete) {
			return nil, true
		}
		for _, call := range calls {
			if position < len(call.Args) {
				arguments = append(arguments, call.Args[position])
			}
		}
		return arguments, complete
	}
	return nil, true
}

// signatureOf returns the signature of a function, or of the function literal that a
// variable gets and keeps.
func (x *index) signatureOf(function types.Object) *types.Signature {
	if f, ok := function.(*types.Func); ok {
		return f.Signature()
	}
	if values := x.values[function]; len(values) == 1 {
		if literal, ok := values[0].(*ast.FuncLit); ok {
			signature, _ := x.pass.TypesInfo.TypeOf(literal).(*types.Signature)
			return signature
		}
	}
	return nil
}

// join is strings.Join of a literal.
func (x *index) join(call *ast.CallExpr, depth int) []string {
	literal := x.literalOf(call.Args[0])
	if literal == nil {
		return unknown
	}
	texts := []string{""}
	for i, element := range literal.Elts {
		if i > 0 {
			texts = combine(texts, x.stringsAt(call.Args[1], depth-1))
		}
		texts = combine(texts, x.stringsAt(element, depth-1))
	}
	return texts
}

// replaced is strings.ReplaceAll.
func (x *index) replaced(call *ast.CallExpr, depth int) []string {
	old := x.stringsAt(call.Args[1], depth-1)
	if len(old) != 1 || old[0] == "" || connstr.HasHole(old[0]) {
		return unknown
	}
	var all []string
	for _, with := range x.stringsAt(call.Args[2], depth-1) {
		all = append(all, mapStrings(x.stringsAt(call.Args[0], depth-1), func(s string) string { return strings.ReplaceAll(s, old[0], with) })...)
	}
	return all[:min(len(all), maxValues)]
}

// literalOf returns the composite literal that expr is, or that its variable gets
// and keeps.
func (x *index) literalOf(expr ast.Expr) *ast.CompositeLit {
	expr = ast.Unparen(withoutPointer(ast.Unparen(expr)))
	if object := x.objectOf(expr); object != nil && len(x.values[object]) == 1 && x.values[object][0] != nil {
		expr = ast.Unparen(withoutPointer(x.values[object][0]))
	}
	literal, _ := expr.(*ast.CompositeLit)
	return literal
}

// urlOf returns the text of a url.URL that is put together from its fields.
func (x *index) urlOf(expr ast.Expr, depth int) []string {
	literal := x.literalOf(expr)
	if literal == nil {
		return unknown
	}
	root := x.objectOf(ast.Unparen(expr))
	part := func(name, before string) []string {
		values := x.fieldValues(root, literal, name)
		switch {
		case len(values) == 0:
			return []string{""}
		case len(values) > 1:
			return []string{before + connstr.Hole}
		}
		return mapStrings(x.stringsAt(values[0], depth-1), func(s string) string { return before + s })
	}
	text := combine(part("Scheme", ""), combine([]string{"://"}, part("Host", "")))
	return combine(text, combine(part("Path", "/"), part("RawQuery", "?")))
}

func mapStrings(texts []string, change func(string) string) []string {
	changed := make([]string, len(texts))
	for i, text := range texts {
		changed[i] = change(text)
	}
	return changed
}

// fieldValues returns what a field of a struct gets: in its literal, if it has one,
// and in assignments to the field of the variable root.
func (x *index) fieldValues(root types.Object, literal *ast.CompositeLit, name string) []ast.Expr {
	var values []ast.Expr
	if literal != nil {
		if value := field(literal, name); value != nil {
			values = append(values, value)
		}
	}
	for _, use := range x.uses[root] {
		selector, ok := use.Parent().Node().(*ast.SelectorExpr)
		if !ok || selector.X != use.Node() || selector.Sel.Name != name {
			continue
		}
		assign, ok := use.Parent().Parent().Node().(*ast.AssignStmt)
		if !ok {
			continue
		}
		if i := slices.Index(assign.Lhs, ast.Expr(selector)); i >= 0 && len(assign.Lhs) == len(assign.Rhs) {
			values = append(values, assign.Rhs[i])
		}
	}
	return values
}
