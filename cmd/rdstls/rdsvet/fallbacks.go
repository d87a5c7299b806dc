package rdsvet

import (
	"go/ast"
	"go/types"
	"slices"
	"strings"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// checkFallbacks is RT006 and RT007, and RT001 for a TLSConfig set to nil.
func checkFallbacks(c *checker) {
	for cursor := range c.index.root.Preorder((*ast.AssignStmt)(nil), (*ast.CompositeLit)(nil)) {
		switch n := cursor.Node().(type) {
		case *ast.AssignStmt:
			for i, left := range n.Lhs {
				if len(n.Lhs) == len(n.Rhs) {
					c.checkPgxAssignment(n, left, n.Rhs[i], cursor)
					c.checkMySQLAssignment(n, left, n.Rhs[i], cursor)
				}
			}
		case *ast.CompositeLit:
			if isNamed(c.pass.TypesInfo.TypeOf(n), mysqlPath, "Config") && c.index.isTrue(field(n, "AllowFallbackToPlaintext")) {
				c.reportFallback(n, cursor)
			}
		}
	}
}

func (c *checker) reportFallback(n ast.Node, cursor inspector.Cursor) {
	c.report(Finding{
		Rule: "RT007", Level: c.withoutHost(cursor),
		Message: "AllowFallbackToPlaintext connects to any server, even without TLS; use rdsmysql.NewConnector",
	}, n)
}

// checkMySQLAssignment finds a fallback that is allowed later, and the name of a
// TLS configuration that is ignored, because ParseDSN has set the field TLS.
func (c *checker) checkMySQLAssignment(n *ast.AssignStmt, left, right ast.Expr, cursor inspector.Cursor) {
	name, owner := c.index.fieldOf(left)
	if owner != mysqlPath {
		return
	}
	switch name {
	case "AllowFallbackToPlaintext":
		if c.index.isTrue(right) && c.index.fateOfVariable(c.index.rootOf(left)) != safe {
			c.reportFallback(n, cursor)
		}
	case "TLSConfig":
		root := c.index.rootOf(left)
		if c.index.assignsField(root, "TLS") || c.index.fateOfVariable(root) == safe {
			return
		}
		for _, text := range c.index.sourceStrings(root, mysqlPath, "ParseDSN") {
			conn, err := connstr.ParseMySQL(text)
			if err == nil && !conn.Unknown && conn.Mode != "" && conn.Mode != "false" {
				c.report(Finding{
					Rule: "RT007", Level: c.withoutHost(cursor),
					Message: "the name of the TLS configuration is ignored: ParseDSN has set the field TLS from the parameter tls, and it wins; use rdsmysql.NewConnector",
				}, n)
			}
		}
	}
}

// checkPgxAssignment finds a TLS configuration that is replaced or edited while the
// fallbacks keep the one that was parsed.
func (c *checker) checkPgxAssignment(n *ast.AssignStmt, left, right ast.Expr, cursor inspector.Cursor) {
	edited := ""
	target := left
	if selector, ok := ast.Unparen(left).(*ast.SelectorExpr); ok && !c.index.isTLSField(left) && c.index.isTLSField(selector.X) {
		target, edited = selector.X, selector.Sel.Name
	}
	if name, owner := c.index.fieldOf(target); name != "TLSConfig" || owner != pgconnPath || edited == "ServerName" || edited == "InsecureSkipVerify" {
		return
	}
	root := c.index.rootOf(target)
	if root == nil || c.index.isFallback(target) || c.index.fateOfVariable(root) == safe {
		return
	}
	if edited == "" && isNil(right) {
		c.report(Finding{
			Rule: "RT001", Level: c.levelOf(c.index.hostOf(root), cursor), Host: c.index.hostOf(root).String(),
			Message: "a TLSConfig of nil connects to any server, without TLS; " + useConfigure,
		}, n)
		return
	}
	if c.index.assignsField(root, "Fallbacks") {
		return
	}
	level, host := c.fallbackLevel(root, edited, cursor)
	f := Finding{Rule: "RT006", Level: level, Host: host.String(), Message: "Fallbacks keep the TLS configuration that pgx made of the string, which can be none; " + useConfigure + ", or set Fallbacks to nil"}
	if edited != "" {
		f.Message = "the TLS configuration that pgx made of the string verifies nothing by itself, whatever its " + edited + "; " + useConfigure
	}
	c.report(f, n)
}

// fallbackLevel judges the string that the configuration came from: verify-full
// leaves no unsafe fallback, and one host with any other mode but prefer and allow
// leaves none at all.
func (c *checker) fallbackLevel(root types.Object, edited string, cursor inspector.Cursor) (Level, connstr.HostClass) {
	texts := c.index.pgxStrings(root)
	if len(texts) == 0 {
		return Note, connstr.UnknownHost
	}
	worst, class := silent, connstr.LocalHost
	for _, text := range texts {
		conn, err := connstr.ParsePostgres(text)
		if err != nil {
			continue
		}
		level := c.levelOf(c.opts.hostClass(conn), cursor)
		switch conn.Pgx() {
		case connstr.Unknown:
			level = min(level, Note)
		case connstr.Verified, connstr.SystemRoots:
			level = silent
		case connstr.Unverified, connstr.ChainOnly:
			if len(conn.Hosts) == 1 && !strings.Contains(text, "target_session_attrs") && edited == "" {
				level = silent
			}
		}
		if level > worst {
			worst, class = level, c.opts.hostClass(conn)
		}
	}
	return worst, class
}

// pgxStrings returns the strings that a configuration of pgx was parsed from.
func (x *index) pgxStrings(root types.Object) []string {
	texts := x.sourceStrings(root, pgxPath, "ParseConfig")
	texts = append(texts, x.sourceStrings(root, pgxpoolPath, "ParseConfig")...)
	return append(texts, x.sourceStrings(root, pgconnPath, "ParseConfig")...)
}

// hostOf returns the class of the host that a configuration of pgx is for.
func (x *index) hostOf(root types.Object) connstr.HostClass {
	class, known := connstr.LocalHost, false
	for _, text := range x.pgxStrings(root) {
		if conn, err := connstr.ParsePostgres(text); err == nil {
			class, known = max(class, x.opts.hostClass(conn)), true
		}
	}
	for _, value := range x.fieldValues(root, nil, "Host") {
		for _, host := range x.strings(value) {
			class, known = max(class, x.opts.hostClass(connstr.Conn{Hosts: []string{host}})), true
		}
	}
	if !known {
		return connstr.UnknownHost
	}
	return class
}

// sourceStrings returns the strings that the variable root was parsed from by a
// function.
func (x *index) sourceStrings(root types.Object, path, name string) []string {
	var texts []string
	for _, value := range x.values[root] {
		call, ok := value.(*ast.CallExpr)
		if ok && isFunc(x.callee(call), path, name) && len(call.Args) > 0 {
			texts = append(texts, x.strings(call.Args[0])...)
		}
	}
	return texts
}

// fieldOf returns the name of the field that expr selects, and the package of the
// struct that declares it.
func (x *index) fieldOf(expr ast.Expr) (name, path string) {
	selector, ok := ast.Unparen(expr).(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	f, ok := x.pass.TypesInfo.Uses[selector.Sel].(*types.Var)
	if !ok || !f.IsField() || f.Pkg() == nil {
		return "", ""
	}
	return f.Name(), f.Pkg().Path()
}

// isFallback reports whether expr is the TLSConfig of a FallbackConfig.
func (x *index) isFallback(expr ast.Expr) bool {
	selector, ok := ast.Unparen(expr).(*ast.SelectorExpr)
	return ok && isNamed(x.pass.TypesInfo.TypeOf(selector.X), pgconnPath, "FallbackConfig")
}

// assignsField reports whether a field of the variable root is assigned or ranged
// over, which counts as handled.
func (x *index) assignsField(root types.Object, name string) bool {
	return slices.ContainsFunc(x.uses[root], func(use inspector.Cursor) bool {
		at := use
		for {
			parent := at.Parent()
			switch n := parent.Node().(type) {
			case *ast.SelectorExpr:
				if n.Sel.Name != name {
					at = parent
					continue
				}
				switch outer := parent.Parent().Node().(type) {
				case *ast.AssignStmt:
					return slices.Contains(outer.Lhs, ast.Expr(n))
				case *ast.RangeStmt, *ast.IndexExpr:
					return true
				}
			case *ast.ParenExpr, *ast.StarExpr:
				at = parent
				continue
			}
			return false
		}
	})
}
