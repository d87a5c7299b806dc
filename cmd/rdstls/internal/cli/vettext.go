package cli

import (
	"fmt"
	"slices"

	"github.com/rdstls/go/cmd/rdstls/internal/untrusted"
	"github.com/rdstls/go/cmd/rdstls/internal/vet"
)

// maxPath is how many characters of a path are shown.
const maxPath = 1024

// vetText prints the findings, the worst first, and counts the rest.
func (f *vetFlags) vetText(r *Run, report *vet.Report) {
	counts := map[string]int{}
	for _, found := range report.Findings {
		counts[found.Level]++
	}
	for _, level := range slices.Backward(vet.Levels) {
		if level == "note" && f.failOn != "note" {
			continue
		}
		for _, found := range report.Findings {
			if found.Level == level {
				printFinding(r, found)
			}
		}
	}
	printProblems(r, report.Problems)
	fmt.Fprintf(r.Out, "%s, %s, %s in %s and %s.\n", plural(counts["error"], "error"), plural(counts["warning"], "warning"),
		plural(counts["note"], "note"), plural(report.Packages, "Go package"), plural(report.Files, "other file"))
	if counts["note"] > 0 && f.failOn != "note" {
		r.Out.WriteString("--fail-on note lists the notes: hosts that are not known.\n")
	}
	if n := countFixes(*report); n > 0 {
		fmt.Fprintf(r.Out, "--fix can fix %s; --diff shows how.\n", plural(n, "finding"))
	}
	if report.Incomplete {
		r.Out.WriteString(Interrupted + "\n")
	}
}

func printFinding(r *Run, found vet.Finding) {
	paint := r.Color.Warn
	if found.Level == "error" {
		paint = r.Color.Bad
	}
	fmt.Fprintf(r.Out, "%s  %s  %s:%d:%d\n", paint(fmt.Sprintf("%-7s", found.Level)), found.Rule, untrusted.Text(found.File, maxPath), found.Line, found.Column)
	for _, row := range wrap(found.Message, textWidth) {
		r.Out.WriteString("         " + row + "\n")
	}
	r.Out.WriteString("\n")
}

// printProblems says what could not be judged, and how to find out why. A package
// whose dependencies are missing can have a thousand errors: it gets one line.
func printProblems(r *Run, problems []vet.Problem) {
	type group struct{ pkg, kind string }
	counts := map[group]int{}
	for _, p := range problems {
		counts[group{p.Package, p.Kind}]++
	}
	for _, p := range problems {
		of, more := group{p.Package, p.Kind}, ""
		n := counts[of]
		switch {
		case n == 0:
			continue // printed
		case p.Package != "" && n > 1:
			more = ", and " + plural(n-1, "more error") + " in the package"
			counts[of] = 0
		}
		fmt.Fprintf(r.Out, "not judged as a whole: %s%s\n", problemText(p), more)
	}
	ofGo := func(p vet.Problem) bool { return p.Kind == "list" || p.Kind == "parse" || p.Kind == "type" }
	if slices.ContainsFunc(problems, ofGo) {
		r.Out.WriteString("\"go vet\" of these packages says why. Its messages can quote the source, so they are left out here.\n")
	}
	if len(problems) > 0 {
		r.Out.WriteString("\n")
	}
}

// problemText says what could not be judged.
func problemText(p vet.Problem) string {
	what := map[string]string{
		"list": "the go command could not load it", "parse": "syntax error", "type": "it does not compile", "read": "it cannot be read",
		"interrupted": "interrupted before its Go packages were judged",
	}[p.Kind]
	where := untrusted.Text(p.File, maxPath)
	if where == "." {
		where = "this directory"
	}
	if p.Line > 0 {
		where += fmt.Sprintf(":%d", p.Line)
	}
	if where == "" {
		where = untrusted.Text(p.Package, maxPath)
	}
	return where + ": " + what
}
