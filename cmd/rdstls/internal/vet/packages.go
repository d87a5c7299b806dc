package vet

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
	"github.com/rdstls/go/cmd/rdstls/internal/suppress"
	"github.com/rdstls/go/cmd/rdstls/rdsvet"
)

// addGo analyzes the packages of all modules, and returns their suppressions. It
// lists the modules that were not judged when ctx ended.
func (r *Report) addGo(ctx context.Context, targets targets, opts Options) []suppress.Comment {
	modules := targets.modules()
	r.NoModule = len(modules) == 0
	var suppressions []suppress.Comment
	for i, m := range modules {
		if opts.Loading != nil {
			opts.Loading(i+1, len(modules))
		}
		analyzed, ok := analyze(ctx, m, opts.Go)
		if !ok {
			r.Problems = append(r.Problems, Problem{File: relative(m.dir), Kind: "interrupted"})
			continue
		}
		r.Findings = append(r.Findings, analyzed.findings...)
		r.Problems = append(r.Problems, analyzed.problems...)
		r.Packages += analyzed.packages
		suppressions = append(suppressions, analyzed.suppressions...)
	}
	return suppressions
}

// An analyzed module.
type analyzed struct {
	findings     []Finding
	problems     []Problem
	packages     int
	suppressions []suppress.Comment
}

// analyze analyzes a module. It returns false as soon as ctx ends: the type
// checker cannot be interrupted, so its result is dropped.
func analyze(ctx context.Context, m module, opts rdsvet.Options) (*analyzed, bool) {
	if ctx.Err() != nil {
		return nil, false
	}
	opts.Level = rdsvet.Note
	done := make(chan *analyzed, 1)
	go func() {
		a := &analyzed{}
		a.analyze(ctx, m, &opts)
		done <- a
	}()
	select {
	case a := <-done:
		return a, ctx.Err() == nil
	case <-ctx.Done():
		return nil, false
	}
}

func (a *analyzed) analyze(ctx context.Context, m module, opts *rdsvet.Options) {
	pkgs, err := a.load(ctx, m, opts)
	if err != nil {
		a.problems = append(a.problems, Problem{File: relative(m.dir), Kind: "list"})
		return
	}
	for _, pkg := range pkgs {
		a.addProblems(m.dir, pkg)
		a.suppressions = append(a.suppressions, suppress.InGo(pkg.Fset, pkg.Syntax)...)
	}
	graph, err := checker.Analyze(rdsvet.AnalyzersWith(opts), pkgs, nil)
	if err != nil {
		a.problems = append(a.problems, Problem{File: relative(m.dir), Kind: "list"})
		return
	}
	for _, action := range graph.Roots {
		for _, f := range action.Result.([]rdsvet.Finding) { // the analyzers return no errors
			a.add(action.Package, f)
		}
	}
}

func (a *analyzed) add(pkg *packages.Package, f rdsvet.Finding) {
	pos := pkg.Fset.Position(f.Pos)
	if suppress.Find(a.suppressions, pos.Filename, f.Rule, pos.Line) {
		return
	}
	host := f.Host
	if host == "" {
		host = connstr.UnknownHost.String()
	}
	// The files of other modules lie in the module cache, which nobody edits.
	fix := len(f.Fixes) > 0 && (pkg.Module == nil || pkg.Module.Main)
	a.findings = append(a.findings, Finding{f.Rule, f.Level.String(), relative(pos.Filename), pos.Line, pos.Column, host, f.Message, fix, f.Target})
}

// addProblems lists what is wrong with a package without the compiler's words,
// which repeat connection strings.
func (a *analyzed) addProblems(dir string, pkg *packages.Package) {
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
		name := pkg.PkgPath
		if len(pkg.GoFiles) == 0 {
			name = "" // nothing was found: it is the argument as it was typed
		}
		a.problems = append(a.problems, Problem{File: cmp.Or(file, relative(dir)), Line: line, Package: name, Kind: kind})
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
