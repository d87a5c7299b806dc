package rdsvet

import (
	"go/ast"
	"strings"

	"golang.org/x/tools/go/ast/inspector"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// checkStrings is RT001 to RT004, RT008 and RT011: it judges every string that
// reaches a driver.
func checkStrings(c *checker) {
	for cursor := range c.index.root.Preorder((*ast.CallExpr)(nil), (*ast.CompositeLit)(nil)) {
		switch n := cursor.Node().(type) {
		case *ast.CallExpr:
			if isFunc(c.index.callee(n), mysqlPath, "NewConfig") {
				c.judgeMySQLConfig(n, nil, cursor)
				continue
			}
			s, argument, ok := c.index.sinkOf(n)
			if !ok || c.index.dialsWithTLS(cursor) {
				continue
			}
			fate := pending
			if s.config {
				fate = c.index.fateOf(cursor)
			}
			c.judgeStrings(s, argument, n, cursor, fate)
		case *ast.CompositeLit:
			c.judgeLiteral(n, cursor)
		}
	}
}

// judgeLiteral is for configurations that hold a string, or the parts of one.
func (c *checker) judgeLiteral(n *ast.CompositeLit, cursor inspector.Cursor) {
	t := c.pass.TypesInfo.TypeOf(n)
	for _, gorm := range [...]struct {
		path    string
		dialect dialect
		advice  string
	}{{gormPostgres, pgxDialect, useGorm}, {gormMySQL, mysqlDialect, useGormMySQL}} {
		if isNamed(t, gorm.path, "Config") {
			if dsn := field(n, "DSN"); dsn != nil && field(n, "Conn") == nil {
				c.judgeStrings(sink{dialect: gorm.dialect, advice: gorm.advice}, dsn, n, cursor, pending)
			}
		}
	}
	if isNamed(t, mysqlPath, "Config") {
		c.judgeMySQLConfig(n, n, literalOrPointer(cursor))
	}
}

// field returns the value of a field in a composite literal, or nil.
func field(n *ast.CompositeLit, name string) ast.Expr {
	for _, element := range n.Elts {
		if kv, ok := element.(*ast.KeyValueExpr); ok {
			if key, ok := kv.Key.(*ast.Ident); ok && key.Name == name {
				return kv.Value
			}
		}
	}
	return nil
}

// judgeStrings reports the worst of the strings that argument may be.
func (c *checker) judgeStrings(s sink, argument ast.Expr, node ast.Node, cursor inspector.Cursor, fate fate) {
	if fate == safe || fate == unused {
		return
	}
	worst := Finding{Level: silent}
	for _, text := range c.index.strings(argument) {
		for _, f := range c.judgeString(s, text, cursor, fate) {
			if f.Rule == "RT008" {
				c.report(f, node)
				continue
			}
			if f.Level > worst.Level {
				worst = f
			}
		}
	}
	if call, ok := node.(*ast.CallExpr); ok && worst.Level != silent && worst.Host == connstr.RDSHost.String() {
		worst.Fixes = c.fix(s, call, argument)
	}
	c.report(worst, node)
}

// judgeString returns the findings for one string.
func (c *checker) judgeString(s sink, text string, cursor inspector.Cursor, fate fate) []Finding {
	d := s.dialect
	if d == urlDialect {
		if text, d = migrateURL(text); text == "" {
			return nil
		}
	}
	conn, verdict, err := d.parse(text)
	if err != nil {
		return nil
	}
	host := c.opts.hostClass(conn)
	level := c.levelOf(host, cursor)
	if fate == escapes {
		level = min(level, Note) // the function that gets it can still make it safe
	}
	var findings []Finding
	if conn.Cleartext && verdict != connstr.Verified && verdict != connstr.Unknown && fate != handled {
		findings = append(findings, Finding{Rule: "RT008", Level: level, Host: host.String(), Message: "allowCleartextPasswords sends the password to a server that was not verified; " + s.advice})
	}
	if f, ok := judge(verdict, conn, d, host); ok && fate != handled {
		f.Level, f.Host = min(level, f.Level), host.String()
		f.Message += "; " + s.advice
		findings = append(findings, f)
	}
	for i := range findings {
		findings[i].Target = strings.Join(conn.Hosts, ",")
	}
	return findings
}

// judge returns the finding for a verdict; its level is the highest that it can
// have.
func judge(verdict connstr.Verdict, conn connstr.Conn, d dialect, host connstr.HostClass) (Finding, bool) {
	f := Finding{Level: Error}
	mode := d.modeName() + "=" + conn.Mode
	if conn.Mode == "" {
		mode = "without " + d.modeName() + " the driver"
	}
	switch {
	case conn.Ignored != "" && verdict != connstr.Verified && verdict != connstr.Unknown:
		return Finding{Rule: "RT011", Level: Error, Message: conn.Ignored}, true
	case verdict == connstr.Plaintext && conn.Fallback && conn.Mode != "preferred" && conn.Mode != "" && conn.Mode != "false":
		f.Rule, f.Message = "RT007", "allowFallbackToPlaintext connects to any server, even without TLS"
	case verdict == connstr.Plaintext:
		f.Rule, f.Message = "RT001", mode+" connects to any server, even without TLS"
	case verdict == connstr.Unverified:
		f.Rule, f.Message = "RT002", mode+" connects to any server with TLS"
	case verdict == connstr.ChainOnly:
		f.Rule, f.Message = "RT003", mode+" does not check the host name: any server with a certificate of the same CA passes"
		if host != connstr.RDSHost {
			f.Level = Note // a CA of one's own can be enough
		}
	case verdict == connstr.SystemRoots && host == connstr.RDSHost && !isProxy(conn):
		f.Rule, f.Message = "RT004", mode+" uses the system roots, which do not include the RDS CAs: it cannot connect to this host"
	default:
		return Finding{}, false
	}
	return f, true
}

// isProxy reports whether every host of c is an RDS Proxy, whose certificates the
// system roots verify.
func isProxy(c connstr.Conn) bool {
	for _, host := range c.Hosts {
		if !strings.Contains(strings.ToLower(host), ".proxy-") {
			return false
		}
	}
	return true
}

// migrateURL returns the string that golang-migrate gives to its driver.
func migrateURL(text string) (string, dialect) {
	scheme, rest, _ := strings.Cut(text, "://")
	switch scheme {
	case "postgres", "postgresql":
		return text, pqDialect
	case "pgx", "pgx4", "pgx5":
		return "postgres://" + rest, pgxDialect
	case "mysql":
		return rest, mysqlDialect
	}
	return "", 0
}
