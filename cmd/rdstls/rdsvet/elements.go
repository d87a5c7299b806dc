package rdsvet

import (
	"go/ast"
	"go/constant"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// ownField returns the field of a struct of this package that expr selects, or nil.
func (x *index) ownField(expr ast.Expr) *types.Var {
	selector, ok := ast.Unparen(expr).(*ast.SelectorExpr)
	if !ok {
		return nil
	}
	v, ok := x.pass.TypesInfo.Uses[selector.Sel].(*types.Var)
	if !ok || !v.IsField() || v.Pkg() != x.pass.Pkg {
		return nil
	}
	return v.Origin()
}

// addFields adds what a composite literal gives to the fields of its struct.
func (x *index) addFields(n *ast.CompositeLit) {
	t := x.pass.TypesInfo.TypeOf(n)
	if t == nil || x.inTest(n) {
		return
	}
	if pointer, ok := t.Underlying().(*types.Pointer); ok { // an element of []*T
		t = pointer.Elem()
	}
	structure, ok := t.Underlying().(*types.Struct)
	if !ok {
		return
	}
	for i, element := range n.Elts {
		var f *types.Var
		value := element
		if kv, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok {
				f, _ = x.pass.TypesInfo.Uses[key].(*types.Var)
			}
			value = kv.Value
		} else if i < structure.NumFields() {
			f = structure.Field(i)
		}
		if f != nil && f.Pkg() == x.pass.Pkg {
			x.fields[f.Origin()] = append(x.fields[f.Origin()], value)
		}
	}
}

// selected returns what a field of a struct of this package may be. With more than
// one value, nothing tells which ones of two fields belong together.
func (x *index) selected(expr *ast.SelectorExpr, depth int) []string {
	f := x.ownField(expr)
	if f == nil || len(x.fields[f]) != 1 {
		return unknown
	}
	x.guessed = true // a decoder, or another package, may set it too
	return x.stringsAt(x.fields[f][0], depth-1)
}

// element returns what an element of a list or map may be that is written out. An
// index of nil stands for each of them.
func (x *index) element(expr *ast.IndexExpr, depth int) []string {
	literal := x.literalOf(expr.X)
	if literal == nil || !isString(elementType(x.pass.TypesInfo.TypeOf(literal))) {
		return unknown
	}
	var wanted constant.Value
	if _, isMap := x.pass.TypesInfo.TypeOf(literal).Underlying().(*types.Map); isMap && expr.Index != nil {
		wanted = x.pass.TypesInfo.Types[expr.Index].Value
	}
	var all []string
	for _, value := range literal.Elts {
		if kv, ok := value.(*ast.KeyValueExpr); ok {
			key := x.pass.TypesInfo.Types[kv.Key].Value
			if wanted != nil && key != nil && key.ExactString() != wanted.ExactString() {
				continue
			}
			value = kv.Value
		}
		if len(all) < maxValues {
			all = append(all, x.stringsAt(value, depth-1)...)
		}
	}
	if len(all) == 0 {
		return unknown
	}
	return all
}

func elementType(t types.Type) types.Type {
	if t, ok := t.Underlying().(interface{ Elem() types.Type }); ok {
		return t.Elem()
	}
	return nil
}

// written returns what was written to a strings.Builder or bytes.Buffer, in the
// order of the source.
func (x *index) written(buffer ast.Expr, depth int) []string {
	object := x.objectOf(buffer)
	if v, ok := object.(*types.Var); !ok || v.Parent() == nil || v.Parent() == x.pass.Pkg.Scope() || len(x.values[object]) > 0 {
		return unknown
	}
	var pieces [][]string
	for _, use := range x.uses[object] {
		pieces = append(pieces, x.writtenBy(use, depth))
	}
	return assemble([]string{""}, pieces)
}

// writtenBy returns what one use of a buffer adds to it.
func (x *index) writtenBy(use inspector.Cursor, depth int) []string {
	for parent := range use.Enclosing((*ast.CallExpr)(nil)) {
		call := parent.Node().(*ast.CallExpr)
		f := x.callee(call)
		switch {
		case f == nil:
			return unknown
		case slices.Contains([]string{"String", "Len", "Grow", "Cap"}, f.Name()):
			return []string{""}
		case f.Name() == "WriteString" && len(call.Args) == 1:
			return x.stringsAt(call.Args[0], depth-1)
		case f.Name() == "WriteByte" || f.Name() == "WriteRune":
			return x.character(call.Args[0])
		case isFunc(f, "fmt", "Fprintf") && len(call.Args) > 1:
			return x.format(&ast.CallExpr{Fun: call.Fun, Args: call.Args[1:]}, depth)
		}
		return unknown
	}
	return unknown
}

func (x *index) character(expr ast.Expr) []string {
	if value := x.pass.TypesInfo.Types[expr].Value; value != nil {
		if code, ok := constant.Int64Val(constant.ToInt(value)); ok {
			return []string{string(rune(code))}
		}
	}
	return []string{connstr.Hole}
}
