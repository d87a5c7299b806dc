package vet

import (
	"bytes"
	"context"
	"go/ast"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
	"github.com/rdstls/go/cmd/rdstls/internal/scan"
	"github.com/rdstls/go/cmd/rdstls/rdsvet"
)

// addGo analyzes the packages of all modules, and returns their suppressions.
func (r *Report) addGo(ctx context.Context, targets targets, opts Options) []scan.Suppression {
	modules := targets.modules()
	r.NoModule = len(modules) == 0
	var suppressions []scan.Suppression
	for i, m := range modules {
		opts.Progress(i, len(modules), "modules")
		if ctx.Err() != nil {
			break
		}
		suppressions = append(suppressions, r.addModule(ctx, m)...)
	}
	return suppressions
}

func (r *Report) addModule(ctx context.Context, m module) []scan.Suppression {
	// The syntax of dependencies is not needed: their types are enough.
	pkgs, err := packages.Load(&packages.Config{Context: ctx, Mode: packages.LoadSyntax | packages.NeedModule, Dir: m.dir}, m.patterns...)
	if err != nil {
		if ctx.Err() == nil {
			r.Problems = append(r.Problems, Problem{File: relative(m.dir), Kind: "list"})
		}
		return nil
	}
	var suppressions []scan.Suppression
	for _, pkg := range pkgs {
		r.addProblems(pkg)
		suppressions = append(suppressions, suppressionsOf(pkg)...)
	}
	level := rdsvet.Note
	graph, err := checker.Analyze(rdsvet.AnalyzersAt(&level), pkgs, nil)
	if err != nil {
		r.Problems = append(r.Problems, Problem{File: relative(m.dir), Kind: "list"})
		return nil
	}
	analyzed := map[*packages.Package]bool{}
	for _, action := range graph.Roots {
		findings, ok := action.Result.([]rdsvet.Finding)
		if !ok {
			r.Problems = append(r.Problems, Problem{Package: action.Package.PkgPath, Kind: "type"})
			continue
		}
		analyzed[action.Package] = true
		for _, f := range findings {
			r.addGoFinding(action.Package, f, suppressions)
		}
	}
	r.Packages += len(analyzed)
	return suppressions
}

func (r *Report) addGoFinding(pkg *packages.Package, f rdsvet.Finding, suppressions []scan.Suppression) {
	pos := pkg.Fset.Position(f.Pos)
	suppressed := false
	for i := range suppressions {
		if s := &suppressions[i]; s.Path == pos.Filename && s.Covers(f.Rule, pos.Line) {
			s.Used, suppressed = true, true
		}
	}
	if suppressed {
		return
	}
	host := f.Host
	if host == "" {
		host = connstr.UnknownHost.String()
	}
	r.Findings = append(r.Findings, Finding{f.Rule, f.Level.String(), relative(pos.Filename), pos.Line, pos.Column, host, f.Message, len(f.Fixes) > 0})
}

// addProblems lists what is wrong with a package without the compiler's words,
// which repeat connection strings.
func (r *Report) addProblems(pkg *packages.Package) {
	kinds := map[packages.ErrorKind]string{packages.ListError: "list", packages.ParseError: "parse", packages.TypeError: "type"}
	compiled := func(err packages.Error) bool {
		return err.Kind == packages.TypeError || err.Kind == packages.ParseError
	}
	for _, err := range pkg.Errors {
		if !compiled(err) && slices.ContainsFunc(pkg.Errors, compiled) {
			continue // the go command's summary of the same errors
		}
		kind := kinds[err.Kind]
		if kind == "" {
			kind = "list"
		}
		file, line := splitPos(err.Pos)
		r.Problems = append(r.Problems, Problem{File: file, Line: line, Package: pkg.PkgPath, Kind: kind})
	}
}

// splitPos splits "file:line:column".
func splitPos(pos string) (string, int) {
	parts := strings.Split(pos, ":")
	for i := len(parts) - 1; i > 0; i-- {
		if line, err := strconv.Atoi(parts[i]); err == nil && i <= 2 && (i == 1 || !isNumber(parts[i-1])) {
			return relative(strings.Join(parts[:i], ":")), line
		}
	}
	return "", 0
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(s)
	return err == nil
}

// suppressionsOf returns the comments of a package that suppress findings.
func suppressionsOf(pkg *packages.Package) []scan.Suppression {
	var found []scan.Suppression
	for _, file := range pkg.Syntax {
		for _, group := range file.Comments {
			for _, comment := range group.List {
				if s, ok := suppressionIn(pkg, comment); ok {
					found = append(found, s)
				}
			}
		}
	}
	return found
}

func suppressionIn(pkg *packages.Package, comment *ast.Comment) (scan.Suppression, bool) {
	s, ok := scan.ParseSuppression(comment.Text)
	if !ok {
		return s, false
	}
	pos := pkg.Fset.Position(comment.Pos())
	s.Path, s.Line = pos.Filename, pos.Line
	text, err := os.ReadFile(filepath.Clean(pos.Filename))
	if err == nil {
		begin := bytes.LastIndexByte(text[:min(pos.Offset, len(text))], '\n') + 1
		s.Alone = len(bytes.TrimSpace(text[begin:min(pos.Offset, len(text))])) == 0
	}
	return s, true
}
