// Package vet runs the analyzers of rdsvet on Go packages and the text rules of
// scan on all other files, and brings both into one report.
package vet

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
	"github.com/rdstls/go/cmd/rdstls/internal/scan"
	"github.com/rdstls/go/cmd/rdstls/internal/suppress"
	"github.com/rdstls/go/cmd/rdstls/rdsvet"
)

// A Finding is one place where verification is missing.
type Finding struct {
	Rule    string `json:"rule"`
	Level   string `json:"level"` // "error", "warning", "note"
	File    string `json:"file"`  // relative to the current directory, with slashes
	Line    int    `json:"line"`
	Column  int    `json:"column"` // in bytes
	Host    string `json:"host"`   // "rds", "remote", "unknown"
	Message string `json:"message"`
	Fix     bool   `json:"fix"`
	Target  string `json:"-"` // the hosts, which are not shown
}

// A Problem is a file or package that could not be judged, or not as a whole.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Package string `json:"package"`
	Kind    string `json:"kind"` // "list", "parse", "type", "read", "interrupted"
}

// A Report is the result of a run.
type Report struct {
	Findings   []Finding
	Problems   []Problem
	Packages   int  // Go packages that were analyzed
	Files      int  // other files that were read
	NoModule   bool // Go code was to be judged, and no module was found
	Incomplete bool // Ctrl-C ended the run
}

// Options say what to judge.
type Options struct {
	Paths    []string // directories, files and package patterns
	NoGo     bool
	NoFiles  bool
	Tests    bool // also unit tests, testdata and the directories of CI systems, in the text rules
	Markdown bool
	Go       rdsvet.Options
	// Progress is called with the number of files that are done.
	Progress func(done, total int)
	// Loading is called before the packages of the module with this number, from 1, are loaded.
	Loading func(number, total int)
}

// Run judges everything under the paths. It reports what it knows when ctx ends.
// Text comes first: it takes a second, and Go packages can take minutes to load.
func Run(ctx context.Context, opts Options) Report {
	targets := targetsOf(opts.Paths)
	var report Report
	var suppressions []suppress.Comment
	if !opts.NoFiles {
		suppressions = report.addFiles(ctx, targets, opts)
	}
	if !opts.NoGo {
		suppressions = append(suppressions, report.addGo(ctx, targets, opts)...)
	}
	if !opts.NoGo && !opts.NoFiles && ctx.Err() == nil {
		report.addUnused(suppressions)
	}
	report.Incomplete = ctx.Err() != nil
	report.sort()
	return report
}

func (r *Report) addFiles(ctx context.Context, targets targets, opts Options) []suppress.Comment {
	result, _ := scan.Paths(ctx.Done(), targets.paths, scan.Options{
		Tests: opts.Tests, Markdown: opts.Markdown,
		Progress: opts.Progress,
	})
	r.Files = result.Files
	for _, f := range result.Findings {
		r.Findings = append(r.Findings, Finding{f.Rule, f.Level.String(), relative(f.Path), f.Line, f.Column, f.Host.String(), f.Message, false, f.Target})
	}
	for _, path := range result.Failed {
		r.Problems = append(r.Problems, Problem{File: relative(path), Kind: "read"})
	}
	return result.Ignored
}

// addUnused reports suppressions that suppress nothing (RT000): what they were for
// is gone, and they would hide what comes after it.
func (r *Report) addUnused(suppressions []suppress.Comment) {
	for _, s := range suppressions {
		if !s.Used {
			r.Findings = append(r.Findings, Finding{
				Rule: "RT000", Level: "note", File: relative(s.Path), Line: s.Line, Column: 1, Host: connstr.UnknownHost.String(),
				Message: "this suppression suppresses nothing; remove it",
			})
		}
	}
}

func (r *Report) sort() {
	slices.SortFunc(r.Findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Rule, b.Rule))
	})
	r.Findings = slices.CompactFunc(r.Findings, func(a, b Finding) bool {
		return a.File == b.File && a.Line == b.Line && a.Column == b.Column && a.Rule == b.Rule
	})
	slices.SortFunc(r.Problems, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Package, b.Package))
	})
	r.Problems = slices.Compact(r.Problems)
}

// relative returns a path as the report has it.
func relative(path string) string {
	wd, err := os.Getwd()
	if err == nil && filepath.IsAbs(path) {
		if rel, err := filepath.Rel(wd, path); err == nil {
			path = rel
		}
	}
	return strings.TrimPrefix(filepath.ToSlash(filepath.Clean(path)), "./")
}
