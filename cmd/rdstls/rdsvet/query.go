package rdsvet

import (
	"go/ast"
	"go/types"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// printed is fmt.Sprint, which puts spaces only between operands that are no strings.
func (x *index) printed(call *ast.CallExpr, depth int) []string {
	texts := []string{""}
	for _, argument := range call.Args {
		if !isString(x.pass.TypesInfo.TypeOf(argument)) {
			return unknown
		}
		texts = combine(texts, x.stringsAt(argument, depth-1))
	}
	return texts
}

// assemble returns what text is with the pieces that a program adds to it, in order.
// Of several pieces with a mode it adds one: they stand in branches.
func assemble(texts []string, pieces [][]string) []string {
	var modes []int
	for i, piece := range pieces {
		if slices.ContainsFunc(piece, func(s string) bool { return setsMode.MatchString(s) }) {
			modes = append(modes, i)
		}
	}
	with := func(mode int) []string {
		all := texts
		for i, piece := range pieces {
			if i == mode || !slices.Contains(modes, i) {
				all = combine(all, piece)
			}
		}
		return all
	}
	if len(modes) == 0 {
		return with(-1)
	}
	var all []string
	for _, mode := range modes {
		all = append(all, with(mode)...)
	}
	return all[:min(len(all), maxValues)]
}

var setsMode = regexp.MustCompile(`(?i)\b(?:sslmode|tls)=`)

// encoded returns the query that a local url.Values makes: of its literal, and of Set
// and Add. What else is done with it can change it.
func (x *index) encoded(values ast.Expr, depth int) []string {
	object := x.objectOf(values)
	if v, ok := object.(*types.Var); !ok || v.Parent() == x.pass.Pkg.Scope() || len(x.values[object]) != 1 {
		return unknown
	}
	texts := []string{""}
	if literal := x.literalOf(values); literal != nil {
		texts = x.pairs(literal, depth)
	} else if !x.isMake(x.values[object][0]) {
		return unknown
	}
	var pieces [][]string
	for _, use := range x.uses[object] {
		piece := x.pairOf(use, depth)
		if piece == nil {
			return unknown
		}
		pieces = append(pieces, piece)
	}
	return mapStrings(assemble(texts, pieces), func(s string) string { return strings.TrimPrefix(s, "&") })
}

func (x *index) isMake(expr ast.Expr) bool {
	call, ok := ast.Unparen(expr).(*ast.CallExpr)
	if !ok {
		return false
	}
	ident, ok := call.Fun.(*ast.Ident)
	return ok && ident.Name == "make"
}

// pairs returns the parameters that a literal has.
func (x *index) pairs(literal *ast.CompositeLit, depth int) []string {
	texts := []string{""}
	for _, element := range literal.Elts {
		pair := []string{"&" + connstr.Hole}
		if kv, ok := element.(*ast.KeyValueExpr); ok {
			if list, ok := kv.Value.(*ast.CompositeLit); ok && len(list.Elts) == 1 {
				pair = x.pair(kv.Key, list.Elts[0], depth)
			}
		}
		texts = combine(texts, pair)
	}
	return texts
}

func (x *index) pair(key, value ast.Expr, depth int) []string {
	return combine(combine([]string{"&"}, x.stringsAt(key, depth-1)), combine([]string{"="}, x.stringsAt(value, depth-1)))
}

// pairOf returns the parameter that one use of a url.Values adds, or nil if that is
// not known.
func (x *index) pairOf(use inspector.Cursor, depth int) []string {
	selector, ok := use.Parent().Node().(*ast.SelectorExpr)
	if ok {
		if call, ok := use.Parent().Parent().Node().(*ast.CallExpr); ok && call.Fun == ast.Expr(selector) {
			switch selector.Sel.Name {
			case "Set", "Add":
				return x.pair(call.Args[0], call.Args[1], depth)
			case "Encode", "Get", "Has":
				return []string{""}
			}
		}
	}
	return nil
}
