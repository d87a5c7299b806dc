package rdsvet

import (
	"go/ast"
	"go/constant"
	"regexp"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// A namedDSN is a call whose DSN asks for a TLS configuration by name.
type namedDSN struct {
	sink     sink
	argument ast.Expr
	conn     connstr.Conn
}

// checkUnusedKeys is RT012: a TLS configuration is registered under a key, the
// DSNs of the package name another, and nothing else has the key.
func checkUnusedKeys(c *checker) {
	dsns, texts := c.namedDSNs()
	if len(dsns) == 0 {
		return
	}
	registered := map[string]*ast.CallExpr{}
	var unused []string
	for cursor := range c.index.root.Preorder((*ast.CallExpr)(nil)) {
		call := cursor.Node().(*ast.CallExpr)
		if !isFunc(c.index.callee(call), mysqlPath, "RegisterTLSConfig") || len(call.Args) != 2 {
			continue
		}
		value := c.pass.TypesInfo.Types[call.Args[0]].Value
		if value == nil || value.Kind() != constant.String {
			continue
		}
		key := constant.StringVal(value)
		if registered[key] = call; texts[key] <= 1 && !usesKey(texts, key) {
			unused = append(unused, key)
		}
	}
	for _, key := range unused {
		f := Finding{
			Rule: "RT012", Level: Warning,
			Message: "no connection uses this TLS configuration: the DSNs of this package name another in the parameter tls",
		}
		if dsn := dsns[0]; len(dsns) == 1 && len(unused) == 1 && registered[dsn.conn.Mode] == nil {
			f.Fixes = c.fixKey(dsn, key)
		}
		c.report(f, registered[key])
	}
}

// namedDSNs returns the calls whose DSN names a TLS mode or configuration, and how
// often each string occurs in the package.
func (c *checker) namedDSNs() ([]namedDSN, map[string]int) {
	var dsns []namedDSN
	texts := map[string]int{}
	for cursor := range c.index.root.Preorder((*ast.BasicLit)(nil), (*ast.CallExpr)(nil)) {
		switch n := cursor.Node().(type) {
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil {
				texts[text]++
			}
		case *ast.CallExpr:
			s, argument, ok := c.index.sinkOf(n)
			if !ok || s.dialect != mysqlDialect {
				continue
			}
			for _, text := range c.index.strings(argument) {
				conn, err := connstr.ParseMySQL(text)
				if err == nil && conn.Mode != "" && !conn.Unknown && !connstr.HasHole(text) {
					dsns = append(dsns, namedDSN{s, argument, conn})
				}
				texts[conn.Mode] += 2 // in use, also where the string is put together
			}
		}
	}
	return dsns, texts
}

// usesKey reports whether a string of the package asks for the configuration key.
func usesKey(texts map[string]int, key string) bool {
	for text := range texts {
		if strings.Contains(text, "tls="+key) {
			return true
		}
	}
	return false
}

// plainKey is one that a DSN can hold as it is.
var plainKey = regexp.MustCompile(`^[\w.-]+$`)

// fixKey returns the edit that makes a DSN name key. Where the call itself is
// replaced by one of the library's, there is none.
func (c *checker) fixKey(dsn namedDSN, key string) []analysis.SuggestedFix {
	replaced := dsn.sink.fix != "" && dsn.conn.MySQL() != connstr.Verified
	if replaced || dsn.conn.Fallback || c.opts.hostClass(dsn.conn) != connstr.RDSHost || !plainKey.MatchString(key) {
		return nil
	}
	var edits []analysis.TextEdit
	old := "tls=" + dsn.conn.Mode
	ast.Inspect(dsn.argument, func(n ast.Node) bool {
		literal, ok := n.(*ast.BasicLit)
		if ok && strings.Count(literal.Value, "tls=") == 1 && strings.Contains(literal.Value, old) {
			edits = append(edits, analysis.TextEdit{Pos: literal.Pos(), End: literal.End(), NewText: []byte(strings.Replace(literal.Value, old, "tls="+key, 1))})
		}
		return true
	})
	if len(edits) != 1 {
		return nil
	}
	return []analysis.SuggestedFix{{Message: "Name the registered configuration in the DSN", TextEdits: edits}}
}
