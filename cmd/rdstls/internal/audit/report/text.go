package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
)

// Painter colors text for a terminal.
type Painter interface {
	Good(string) string
	Bad(string) string
	Warn(string) string
	Strong(string) string
}

// width is how long lines of text are; commands are never broken.
const width = 100

// Text writes a report for people: by Region, worst first.
func Text(w io.Writer, r *audit.Report, paint Painter) {
	findings := Sorted(r.Findings)
	for _, region := range r.Regions {
		writeRegion(w, region, paint)
		for _, f := range findings {
			if f.Account == region.Account && f.Region == region.Name {
				writeFinding(w, f, paint)
			}
		}
		fmt.Fprintln(w)
	}
	var counts []string
	for _, v := range audit.Verdicts() {
		if n := r.Summary()[v]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(counts) > 0 {
		fmt.Fprintln(w, paint.Strong("Summary: "+strings.Join(counts, ", ")))
	}
	if r.Incomplete() {
		wrap(w, "", "Incomplete: some of it could not be read. The Regions above say what.")
	}
	wrap(w, "", audit.Footer)
}

func writeRegion(w io.Writer, region *audit.Region, paint Painter) {
	name := strings.TrimSpace(safe(region.Account) + " " + safe(region.Name))
	status := string(region.Status)
	if region.Status == audit.Failed {
		status = paint.Bad(status)
	}
	fmt.Fprintf(w, "%s: %s\n", paint.Strong(name), status)
	if region.Why != "" {
		wrap(w, "  ", safe(region.Why))
	}
	if region.DefaultCA != nil {
		fmt.Fprintf(w, "  Default CA of new instances: %s\n", safe(defaultCAText(region.DefaultCA)))
	}
}

func paintVerdict(v audit.Verdict, paint Painter) string {
	text := fmt.Sprintf("%-15s ", strings.ToUpper(string(v)))
	switch v {
	case audit.Fail:
		return paint.Bad(text)
	case audit.Pass:
		return paint.Good(text)
	case audit.NotApplicable:
		return text
	case audit.Pending, audit.Warn, audit.Unknown:
	}
	return paint.Warn(text)
}

func writeFinding(w io.Writer, f audit.Finding, paint Painter) {
	extra := ""
	if f.Public {
		extra += ", public"
	}
	if f.Control != "" {
		extra += ", " + f.Control
	}
	if f.Severity != "" {
		extra += ", " + f.Severity
	}
	fmt.Fprintf(w, "\n  %s%s %s (%s): %s%s\n", paintVerdict(f.Verdict, paint), f.Kind, safe(f.ID), safe(engineText(f)), f.Check, extra)
	const indent = "                  "
	wrap(w, indent, safe(f.Why))
	for _, note := range notes(f) {
		wrap(w, indent, "Note: "+safe(note))
	}
	if f.Remedy == nil {
		return
	}
	for i, step := range f.Remedy.Steps {
		wrapHanging(w, indent, fmt.Sprintf("%d. ", i+1), safe(step))
	}
	for _, command := range f.Remedy.Commands {
		fmt.Fprintf(w, "%s$ %s\n", indent, command)
	}
}

func wrap(w io.Writer, indent, text string) { wrapHanging(w, indent, "", text) }

// wrapHanging breaks text into lines; the first begins with mark, and the others
// with as many spaces.
func wrapHanging(w io.Writer, indent, mark, text string) {
	line := indent + mark
	rest := indent + strings.Repeat(" ", len(mark))
	empty := true
	for word := range strings.FieldsSeq(text) {
		if !empty && len([]rune(line))+1+len([]rune(word)) > width {
			fmt.Fprintln(w, line)
			line, empty = rest, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	fmt.Fprintln(w, line)
}
