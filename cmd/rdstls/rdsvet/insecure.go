package rdsvet

import (
	"go/ast"
	"go/constant"
	"go/types"

	"golang.org/x/tools/go/ast/inspector"
)

// checkInsecure is RT005: a tls.Config with InsecureSkipVerify reaches a driver.
func checkInsecure(c *checker) {
	for cursor := range c.index.root.Preorder((*ast.AssignStmt)(nil), (*ast.CompositeLit)(nil), (*ast.CallExpr)(nil)) {
		switch n := cursor.Node().(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if len(n.Lhs) != len(n.Rhs) {
					break
				}
				if c.index.isTLSField(left) && c.index.isInsecure(n.Rhs[i], maxDepth) {
					c.reportInsecure(n, cursor)
				}
				if c.index.isInsecureField(left, n.Rhs[i]) {
					c.reportInsecure(n, cursor)
				}
			}
		case *ast.CompositeLit:
			c.checkInsecureLiteral(n, cursor)
		case *ast.CallExpr:
			f := c.index.callee(n)
			if (isFunc(f, mysqlPath, "RegisterTLSConfig") && len(n.Args) == 2 && c.index.isInsecure(n.Args[1], maxDepth)) ||
				(isFunc(f, bunPath, "WithTLSConfig") && len(n.Args) == 1 && c.index.isInsecure(n.Args[0], maxDepth)) {
				c.reportInsecure(n, cursor)
			}
		}
	}
}

func (c *checker) reportInsecure(n ast.Node, cursor inspector.Cursor) {
	c.report(Finding{
		Rule: "RT005", Level: c.withoutHost(cursor),
		Message: "InsecureSkipVerify connects to any server with TLS; use rdspgx.Configure or rdsmysql.NewConnector, or rdstls.ClientConfig for the configuration",
	}, n)
}

func (c *checker) checkInsecureLiteral(n *ast.CompositeLit, cursor inspector.Cursor) {
	t := c.pass.TypesInfo.TypeOf(n)
	for _, owner := range tlsOwners {
		if isNamed(t, owner.path, owner.name) {
			if value := field(n, owner.field); value != nil && c.index.isInsecure(value, maxDepth) {
				c.reportInsecure(n, cursor)
			}
		}
	}
}

// tlsOwners are the fields from which the drivers take their TLS configuration.
var tlsOwners = []struct{ path, name, field string }{
	{pgconnPath, "Config", "TLSConfig"},
	{pgconnPath, "FallbackConfig", "TLSConfig"},
	{mysqlPath, "Config", "TLS"},
}

// isTLSField reports whether expr is one of these fields.
func (x *index) isTLSField(expr ast.Expr) bool {
	selector, ok := ast.Unparen(expr).(*ast.SelectorExpr)
	if !ok {
		return false
	}
	f, ok := x.pass.TypesInfo.Uses[selector.Sel].(*types.Var)
	if !ok || !f.IsField() || f.Pkg() == nil {
		return false
	}
	for _, owner := range tlsOwners {
		if f.Name() == owner.field && f.Pkg().Path() == owner.path && isNamed(f.Type(), "crypto/tls", "Config") {
			return true
		}
	}
	return false
}

// isInsecureField reports whether cfg.TLSConfig.InsecureSkipVerify is set to true.
func (x *index) isInsecureField(left, right ast.Expr) bool {
	selector, ok := ast.Unparen(left).(*ast.SelectorExpr)
	return ok && selector.Sel.Name == "InsecureSkipVerify" && x.isTLSField(selector.X) && x.isTrue(right)
}

func (x *index) isTrue(expr ast.Expr) bool {
	if expr == nil {
		return false
	}
	value := x.pass.TypesInfo.Types[expr].Value
	return value != nil && value.Kind() == constant.Bool && constant.BoolVal(value)
}

// isInsecure reports whether expr is a tls.Config that verifies nothing: a literal,
// a variable that holds one, or what a helper of this package returns.
func (x *index) isInsecure(expr ast.Expr, depth int) bool {
	if expr == nil || depth == 0 {
		return false
	}
	switch e := ast.Unparen(expr).(type) {
	case *ast.UnaryExpr:
		return x.isInsecure(e.X, depth)
	case *ast.CompositeLit:
		return isNamed(x.pass.TypesInfo.TypeOf(e), "crypto/tls", "Config") && x.isTrue(field(e, "InsecureSkipVerify")) &&
			field(e, "VerifyConnection") == nil && field(e, "VerifyPeerCertificate") == nil
	case *ast.Ident:
		return x.holdsInsecure(x.objectOf(e), depth)
	case *ast.CallExpr:
		f := x.callee(e)
		if isFunc(f, "crypto/tls", "Config.Clone") {
			if selector, ok := ast.Unparen(e.Fun).(*ast.SelectorExpr); ok {
				return x.isInsecure(selector.X, depth-1)
			}
		}
		if f != nil {
			return x.isInsecure(x.returned(f.Origin()), depth-1)
		}
	}
	return false
}

// holdsInsecure reports whether a variable holds such a configuration, also if a
// field was set after it was made, and nothing else of it verifies.
func (x *index) holdsInsecure(object types.Object, depth int) bool {
	if object == nil {
		return false
	}
	insecure := false
	for _, value := range x.values[object] {
		insecure = insecure || x.isInsecure(value, depth-1)
	}
	for _, use := range x.uses[object] {
		selector, ok := use.Parent().Node().(*ast.SelectorExpr)
		if !ok || selector.X != use.Node() {
			continue
		}
		assign, ok := use.Parent().Parent().Node().(*ast.AssignStmt)
		if !ok || len(assign.Lhs) != 1 || assign.Lhs[0] != selector {
			continue
		}
		switch selector.Sel.Name {
		case "VerifyConnection", "VerifyPeerCertificate":
			return false
		case "InsecureSkipVerify":
			insecure = x.isTrue(assign.Rhs[0]) && isNamed(object.Type(), "crypto/tls", "Config")
		}
	}
	return insecure
}
