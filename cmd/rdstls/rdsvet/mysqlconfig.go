package rdsvet

import (
	"go/ast"
	"go/types"
	"slices"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// judgeMySQLConfig judges the fields of a mysql.Config as the DSN that they are. The
// configuration is made by the expression at cursor, a literal or a call of NewConfig;
// its fields can be set later, too.
func (c *checker) judgeMySQLConfig(n ast.Node, literal *ast.CompositeLit, cursor inspector.Cursor) {
	root := c.index.assignedTo(cursor)
	values := func(name string) []ast.Expr { return c.index.fieldValues(root, literal, name) }
	networks := values("Net")
	if len(values("TLS"))+len(values("DialFunc")) > 0 || len(networks) > 0 && !isTCP(c.stringsOf(networks)) || c.index.dialsWithTLS(cursor) {
		return
	}
	fate := c.index.fateOf(cursor)
	if fate == safe || fate == handled || fate == unused || fate == escapes && c.index.importsLibrary() {
		return
	}
	if parameters := values("Params"); slices.ContainsFunc(parameters, func(value ast.Expr) bool { return c.index.verifies("Params", value) }) {
		return // FormatDSN writes tls, and whatever a variable holds
	}
	modes := c.stringsOf(values("TLSConfig"))
	if len(modes) == 0 {
		modes = []string{""}
	}
	if slices.ContainsFunc(modes, connstr.HasHole) {
		return
	}
	for _, address := range c.stringsOf(values("Addr")) {
		text := "@tcp(" + address + ")/"
		if mode := modes[len(modes)-1]; mode != "" {
			text += "?tls=" + mode
		}
		s := sink{dialect: mysqlDialect, advice: "give the configuration to rdsmysql.NewConnector"}
		for _, f := range c.judgeString(s, text, cursor, fate) {
			c.report(f, n)
		}
	}
}

func (c *checker) stringsOf(values []ast.Expr) []string {
	var all []string
	for _, value := range values {
		all = append(all, c.index.strings(value)...)
	}
	return all
}

// assignedTo returns the variable that gets the value of the expression at cursor.
func (x *index) assignedTo(cursor inspector.Cursor) types.Object {
	switch n := cursor.Parent().Node().(type) {
	case *ast.AssignStmt:
		if i := slices.Index(n.Rhs, cursor.Node().(ast.Expr)); i >= 0 && i < len(n.Lhs) {
			return x.objectOf(n.Lhs[i])
		}
	case *ast.ValueSpec:
		if i := slices.Index(n.Values, cursor.Node().(ast.Expr)); i >= 0 && i < len(n.Names) {
			return x.pass.TypesInfo.Defs[n.Names[i]]
		}
	}
	return nil
}

func isTCP(networks []string) bool {
	return !slices.ContainsFunc(networks, func(network string) bool { return network != "tcp" })
}

// literalOrPointer returns the cursor of &T{} for that of T{}.
func literalOrPointer(cursor inspector.Cursor) inspector.Cursor {
	if _, ok := cursor.Parent().Node().(*ast.UnaryExpr); ok {
		return cursor.Parent()
	}
	return cursor
}

// importsLibrary reports whether the package uses the library for MySQL, which then
// is likely to get a configuration that leaves its function.
func (x *index) importsLibrary() bool {
	return slices.ContainsFunc(x.pass.Pkg.Imports(), func(p *types.Package) bool { return p.Path() == importPaths["rdsmysql"] })
}
