package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
)

// Markdown writes tables for a ticket, and the remedies below them.
func Markdown(w io.Writer, r *audit.Report) {
	fmt.Fprint(w, "# TLS audit of RDS\n\n| verdict | count |\n| --- | --- |\n")
	for _, v := range audit.Verdicts() {
		fmt.Fprintf(w, "| %s | %d |\n", v, r.Summary()[v])
	}
	fmt.Fprint(w, "\n## Regions\n\n| account | Region | status | default CA | why |\n| --- | --- | --- | --- | --- |\n")
	for _, region := range r.Regions {
		ca := ""
		if region.DefaultCA != nil {
			ca = defaultCAText(region.DefaultCA)
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", md(region.Account), md(region.Name), region.Status, md(ca), md(region.Why))
	}
	findings := Sorted(r.Findings)
	fmt.Fprint(w, "\n## Findings\n\n| verdict | severity | Region | resource | engine | check | control | why |\n"+
		"| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, f := range findings {
		why := f.Why
		if f.Remedy == nil { // or the notes are beside the remedy
			why = strings.Join(append([]string{why}, notes(f)...), " ")
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s %s | %s | %s | %s | %s |\n", f.Verdict, f.Severity, md(place(f, r)), f.Kind, md(f.ID),
			md(engineText(f)), f.Check, f.Control, md(why))
	}
	fmt.Fprint(w, "\n## Remedies\n")
	for _, f := range findings {
		if f.Remedy != nil {
			markdownRemedy(w, f, place(f, r))
		}
	}
	if r.Incomplete() {
		fmt.Fprint(w, "\n**Incomplete: some of it could not be read.**\n")
	}
	fmt.Fprintf(w, "\n%s\n", audit.Footer)
}

func markdownRemedy(w io.Writer, f audit.Finding, where string) {
	fmt.Fprintf(w, "\n### %s %s in %s: %s\n\n", f.Kind, md(f.ID), md(where), f.Check)
	for _, note := range f.Notes {
		fmt.Fprintf(w, "> %s\n", md(note))
	}
	if len(f.Notes) > 0 {
		fmt.Fprintln(w)
	}
	for i, step := range f.Remedy.Steps {
		fmt.Fprintf(w, "%d. %s\n", i+1, md(step))
	}
	// Commands and Terraform hold only names of AWS: package audit sees to that.
	if len(f.Remedy.Commands) > 0 {
		fmt.Fprintf(w, "\n```sh\n%s\n```\n", strings.Join(f.Remedy.Commands, "\n"))
	}
	if f.Remedy.Terraform != "" {
		fmt.Fprintf(w, "\n```hcl\n%s```\n", f.Remedy.Terraform)
	}
}

// md makes text safe within a table cell or a line of Markdown.
func md(text string) string {
	return strings.NewReplacer(
		"|", `\|`, "<", "&lt;", ">", "&gt;", "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "#", `\#`,
	).Replace(safe(text))
}
