// Package rdsvet finds database connections of Go programs that do not verify
// their servers: connection strings, TLS configurations and driver settings that
// reach pgx, lib/pq, go-sql-driver/mysql and the libraries on top of them.
//
// The analyzers follow what the drivers do with a string or a configuration, not
// how it looks. Correct use of github.com/rdstls/go is never reported, and neither
// are databases on this machine.
//
// They run under go vet (with the rdstls command as vettool), in gopls, as a
// plugin of golangci-lint, and in "rdstls vet". docs/rules.md explains each rule.
package rdsvet

import (
	"go/ast"
	"go/token"
	"reflect"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
	"github.com/rdstls/go/cmd/rdstls/internal/suppress"
)

// A Finding is one place where verification is missing. The analyzers return a
// []Finding with those of every level as their result.
type Finding struct {
	Rule    string // "RT001"
	Level   Level
	Host    string // "rds", "remote" or "unknown"; "" if the rule is about none
	Message string // without the rule, and without any part of a connection string
	Target  string // the hosts, which tell findings apart and are not shown; "" if none are known
	Pos     token.Pos
	End     token.Pos
	Fixes   []analysis.SuggestedFix
}

// Analyzers returns the analyzers. They report findings from Warning on.
func Analyzers() []*analysis.Analyzer { return AnalyzersWith(new(Options)) }

// AnalyzersWith returns the analyzers with options, which are read when they run.
func AnalyzersWith(opts *Options) []*analysis.Analyzer {
	analyzers := make([]*analysis.Analyzer, len(checks))
	for i, c := range checks {
		analyzers[i] = &analysis.Analyzer{
			Name:       c.name,
			Doc:        c.doc,
			URL:        "https://github.com/rdstls/go/blob/main/docs/rules.md",
			Requires:   []*analysis.Analyzer{inspect.Analyzer},
			ResultType: reflect.TypeFor[[]Finding](),
			// A package that does not compile is judged as far as its types are known.
			RunDespiteErrors: true,
			Run:              func(pass *analysis.Pass) (any, error) { return run(pass, c.run, opts), nil },
		}
	}
	return analyzers
}

// A check is one analyzer.
type check struct {
	name, doc string
	run       func(*checker)
}

var checks = []check{
	{"rdsdsn", "find connection strings with which a driver does not verify its server\n\nRules RT001 to RT004, RT008 and RT011.", checkStrings},
	{"rdsinsecure", "find TLS configurations of database connections that verify nothing\n\nRule RT005.", checkInsecure},
	{"rdsfallbacks", "find fallbacks that undo a TLS configuration\n\nRules RT006 and RT007.", checkFallbacks},
	{"rdscleartext", "find cleartext passwords that any server can ask for\n\nRule RT008.", checkCleartext},
	{"rdsroundtrip", "find configurations that lose their TLS on the way through a string\n\nRule RT009.", checkRoundTrips},
	{"rdsdefaults", "find insecure defaults of settings, and TLS configurations that no connection uses\n\nRules RT010 and RT012.", checkDefaults},
}

// A checker is one run of a check on a package.
type checker struct {
	pass         *analysis.Pass
	opts         *Options
	index        *index
	suppressions []suppress.Comment
	findings     []Finding
}

func run(pass *analysis.Pass, check func(*checker), opts *Options) []Finding {
	c := &checker{pass: pass, opts: opts, index: newIndex(pass, opts), suppressions: suppress.InGo(pass.Fset, pass.Files)}
	if c.index.usesDatabase() {
		check(c)
	}
	for _, f := range c.findings {
		if f.Level >= opts.Level && !c.isSuppressed(f.Rule, f.Pos) {
			pass.Report(analysis.Diagnostic{
				Pos: f.Pos, End: f.End, Category: f.Rule, SuggestedFixes: f.Fixes,
				Message: f.Rule + ": " + f.Message,
			})
		}
	}
	return c.findings
}

// isSuppressed reports whether a comment suppresses a finding. Such a finding is
// neither reported nor fixed, but stays in the result of the analyzer.
func (c *checker) isSuppressed(rule string, pos token.Pos) bool {
	p := c.pass.Fset.Position(pos)
	return suppress.Find(c.suppressions, p.Filename, rule, p.Line)
}

// report adds a finding about node, unless it is silent, in a test, or there
// already: one string can be judged for several uses.
func (c *checker) report(f Finding, node ast.Node) {
	if f.Level == silent || strings.HasSuffix(c.pass.Fset.Position(node.Pos()).Filename, "_test.go") {
		return
	}
	f.Pos, f.End = node.Pos(), node.End()
	for _, old := range c.findings {
		if old.Pos == f.Pos && old.Rule == f.Rule {
			return
		}
	}
	c.findings = append(c.findings, f)
}

// levelOf returns the level for a host, in the function around cursor.
func (c *checker) levelOf(host connstr.HostClass, at inspector.Cursor) Level {
	switch {
	case host == connstr.LocalHost:
		return silent
	case host == connstr.RDSHost || c.index.mintsToken(at):
		return Error
	case host == connstr.RemoteHost:
		return Warning
	}
	return Note
}

// withoutHost returns the level of a rule that is about no host.
func (c *checker) withoutHost(at inspector.Cursor) Level {
	if c.index.mintsToken(at) {
		return Error
	}
	return Warning
}
