package rdsvet

import (
	"go/ast"
	"go/types"
	"slices"
)

// lostFields are those that a configuration loses when it becomes a string: the
// driver writes none of them.
var lostFields = map[string][]string{
	"FormatDSN":  {"TLS", "DialFunc", "BeforeConnect"},
	"ConnString": {"TLSConfig"},
}

// checkRoundTrips is RT009: a configuration is made safe, turned into a string, and
// the string is opened.
func checkRoundTrips(c *checker) {
	for cursor := range c.index.root.Preorder((*ast.CallExpr)(nil)) {
		call := cursor.Node().(*ast.CallExpr)
		s, argument, ok := c.index.sinkOf(call)
		if !ok {
			continue
		}
		method, root := c.index.stringOfConfig(argument, maxDepth)
		if root == nil || !c.index.wasMadeSafe(root, lostFields[method]) {
			continue
		}
		advice := "pass the configuration to stdlib.OpenDB or pgx.ConnectConfig"
		if s.dialect == mysqlDialect {
			advice = "pass the configuration to rdsmysql.NewConnector and the result to sql.OpenDB"
		}
		c.report(Finding{
			Rule: "RT009", Level: c.withoutHost(cursor),
			Message: method + " drops the TLS configuration that was set in code; " + advice,
		}, call)
	}
}

// stringOfConfig returns the method and variable of cfg.FormatDSN() or
// cfg.ConnString(), also through a variable that holds the result.
func (x *index) stringOfConfig(expr ast.Expr, depth int) (method string, root types.Object) {
	if expr == nil || depth == 0 {
		return "", nil
	}
	switch e := ast.Unparen(expr).(type) {
	case *ast.Ident:
		for _, value := range x.values[x.objectOf(e)] {
			if method, root = x.stringOfConfig(value, depth-1); root != nil {
				return method, root
			}
		}
	case *ast.CallExpr:
		selector, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr)
		f := x.callee(e)
		if ok && (isFunc(f, mysqlPath, "Config.FormatDSN") || isFunc(f, pgxPath, "ConnConfig.ConnString") || isFunc(f, pgxpoolPath, "Config.ConnString")) {
			return f.Name(), x.rootOf(selector.X)
		}
	}
	return "", nil
}

// wasMadeSafe reports whether one of fields of the variable root is set, in an
// assignment or in its literal, or the library got it.
func (x *index) wasMadeSafe(root types.Object, fields []string) bool {
	if slices.ContainsFunc(fields, func(name string) bool { return x.assignsField(root, name) }) || x.fateOfVariable(root) == safe {
		return true
	}
	for _, value := range x.values[root] {
		literal, ok := ast.Unparen(withoutPointer(value)).(*ast.CompositeLit)
		if ok && slices.ContainsFunc(fields, func(name string) bool { return field(literal, name) != nil }) {
			return true
		}
	}
	return false
}

func withoutPointer(expr ast.Expr) ast.Expr {
	if unary, ok := expr.(*ast.UnaryExpr); ok {
		return unary.X
	}
	return expr
}
