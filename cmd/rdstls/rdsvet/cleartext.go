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

// setsTLSLater reports whether fields that decide about TLS are assigned, and verify.
func (x *index) setsTLSLater(root types.Object) bool {
	return slices.ContainsFunc(tlsSettings, func(name string) bool {
		values := x.fieldValues(root, nil, name)
		if len(values) == 0 {
			return x.assignsField(root, name) // together with others, from one call
		}
		return slices.ContainsFunc(values, func(value ast.Expr) bool { return x.verifies(name, value) })
	})
}

// tlsSettings are the fields of a mysql.Config that decide about TLS.
var tlsSettings = []string{"TLS", "TLSConfig", "Params"}

// literalVerifies reports whether a mysql.Config literal sets its TLS.
func (x *index) literalVerifies(n *ast.CompositeLit) bool {
	return slices.ContainsFunc(tlsSettings, func(name string) bool {
		value := field(n, name)
		return value != nil && x.verifies(name, value)
	})
}

// verifies reports whether the value of a field makes the driver verify the server:
// by the field TLS, by the name of a registered configuration, or by a parameter.
func (x *index) verifies(name string, value ast.Expr) bool {
	switch name {
	case "TLS":
		return !isNil(value) && !x.isInsecure(value, maxDepth)
	case "TLSConfig":
		return x.verifiesByName(value)
	}
	parameters := x.literalOf(value)
	if parameters == nil {
		return true
	}
	for _, element := range parameters.Elts {
		kv, ok := element.(*ast.KeyValueExpr)
		if !ok {
			continue
		}
		if keys := x.strings(kv.Key); keys[0] == "tls" || connstr.HasHole(keys[0]) {
			return x.verifiesByName(kv.Value)
		}
	}
	return false
}

func (x *index) verifiesByName(value ast.Expr) bool {
	return !slices.ContainsFunc(x.strings(value), func(mode string) bool {
		return mode == "" || mode == "false" || mode == "preferred" || mode == "skip-verify"
	})
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
				if (name == "TLS" || name == "TLSConfig") && x.verifies(name, n.Rhs[i]) {
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
