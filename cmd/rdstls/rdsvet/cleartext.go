package rdsvet

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// checkCleartext is RT008: a configuration of the MySQL driver gives its password to
// any server that asks for it.
func checkCleartext(c *checker) {
	for cursor := range c.index.root.Preorder((*ast.AssignStmt)(nil), (*ast.CompositeLit)(nil)) {
		switch n := cursor.Node().(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if name, owner := c.index.fieldOf(left); name == "AllowCleartextPasswords" && owner == mysqlPath && len(n.Lhs) == len(n.Rhs) && c.index.isTrue(n.Rhs[i]) {
					c.checkCleartextOf(n, cursor, left)
				}
			}
		case *ast.CompositeLit:
			if isNamed(c.pass.TypesInfo.TypeOf(n), mysqlPath, "Config") && c.index.isTrue(field(n, "AllowCleartextPasswords")) && !c.index.literalVerifies(n) && !c.index.setsTLSLater(c.index.assignedTo(literalOrPointer(cursor))) {
				switch c.index.fateOf(literalOrPointer(cursor)) {
				case safe, handled:
				case escapes:
					c.reportCleartext(n, cursor, c.index.packageSetsTLS())
				default:
					c.reportCleartext(n, cursor, false)
				}
			}
		}
	}
}

func (c *checker) checkCleartextOf(n ast.Node, cursor inspector.Cursor, left ast.Expr) {
	root := c.index.rootOf(left)
	if root == nil {
		c.reportCleartext(n, cursor, c.index.packageSetsTLS())
		return
	}
	fate := c.index.fateOfVariable(root)
	if fate == safe || fate == handled || c.index.setsTLSLater(root) {
		return
	}
	for _, text := range c.index.sourceStrings(root, mysqlPath, "ParseDSN") {
		if conn, err := connstr.ParseMySQL(text); err == nil && (conn.MySQL() == connstr.Verified || conn.MySQL() == connstr.Unknown) {
			return
		}
	}
	// A parameter of the function, or a configuration that leaves it, may get its TLS
	// elsewhere in the package.
	c.reportCleartext(n, cursor, (fate == escapes || len(c.index.values[root]) == 0) && c.index.packageSetsTLS())
}

func (c *checker) reportCleartext(n ast.Node, cursor inspector.Cursor, setElsewhere bool) {
	if setElsewhere {
		return
	}
	c.report(Finding{
		Rule: "RT008", Level: c.withoutHost(cursor),
		Message: "AllowCleartextPasswords sends the password to a server that was not verified; use rdsmysql.NewConnector with Options.Password",
	}, n)
}

// setsTLSLater reports whether a field that decides about TLS is assigned.
func (x *index) setsTLSLater(root types.Object) bool {
	return slices.ContainsFunc([]string{"TLS", "TLSConfig", "Params"}, func(name string) bool { return x.assignsField(root, name) })
}

// literalVerifies reports whether a mysql.Config literal sets its TLS: by the field,
// by the name of a registered configuration, or by a parameter.
func (x *index) literalVerifies(n *ast.CompositeLit) bool {
	if value := field(n, "TLS"); value != nil && !isNil(value) && !x.isInsecure(value, maxDepth) {
		return true
	}
	if value := field(n, "TLSConfig"); value != nil {
		return !slices.ContainsFunc(x.strings(value), func(mode string) bool {
			return mode == "" || mode == "false" || mode == "preferred" || mode == "skip-verify"
		})
	}
	return field(n, "Params") != nil
}

// packageSetsTLS reports whether the package sets TLS or TLSConfig of some
// mysql.Config to something strict.
func (x *index) packageSetsTLS() bool {
	for cursor := range x.root.Preorder((*ast.AssignStmt)(nil), (*ast.CompositeLit)(nil)) {
		switch n := cursor.Node().(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				name, owner := x.fieldOf(left)
				if owner != mysqlPath || len(n.Lhs) != len(n.Rhs) {
					continue
				}
				if name == "TLS" && !isNil(n.Rhs[i]) && !x.isInsecure(n.Rhs[i], maxDepth) || name == "TLSConfig" {
					return true
				}
			}
		case *ast.CompositeLit:
			if isNamed(x.pass.TypesInfo.TypeOf(n), mysqlPath, "Config") && x.literalVerifies(n) {
				return true
			}
		}
	}
	return false
}
