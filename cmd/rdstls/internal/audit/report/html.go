package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
)

//go:embed page.html
var page string

//go:embed page.css
var style string

//go:embed page.js
var script string

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"safe": safe, "engine": engineText, "defaultCA": defaultCAText,
	"join":   func(lines []string) string { return strings.Join(lines, "\n") },
	"breaks": breaks,
	"date":   func(t time.Time) string { return t.UTC().Format(time.DateOnly) },
}).Parse(page))

// breaks lets a long name break behind its hyphens and dots only.
func breaks(text string) template.HTML {
	escaped := template.HTMLEscapeString(safe(text))
	return template.HTML(strings.NewReplacer("-", "-<wbr>", ".", ".<wbr>").Replace(escaped)) //nolint:gosec // escaped above
}

type htmlPage struct {
	Report   *audit.Report
	Findings []audit.Finding
	Bars     []bar
	Regions  []string
	Footer   string
	When     time.Time
	CSP      string
	Style    template.CSS
	Script   template.JS
}

type bar struct {
	Verdict        audit.Verdict
	Count, Percent int
}

// HTML writes one page that needs no network. Its policy allows only the script
// and the styles that it holds itself.
func HTML(w io.Writer, r *audit.Report, now time.Time) error {
	digest := sha256.Sum256([]byte(script))
	p := htmlPage{
		Report: r, Findings: Sorted(r.Findings), Bars: bars(r), Footer: audit.Footer, When: now.UTC(),
		CSP: "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" +
			base64.StdEncoding.EncodeToString(digest[:]) + "'",
		Style: template.CSS(style), Script: template.JS(script), //nolint:gosec // embedded files
	}
	for _, region := range r.Regions {
		if !slices.Contains(p.Regions, region.Name) {
			p.Regions = append(p.Regions, region.Name)
		}
	}
	return pageTemplate.Execute(w, p)
}

// bars scales to the largest count; a count that is not zero is always visible.
func bars(r *audit.Report) []bar {
	most := 1
	for _, n := range r.Summary() {
		most = max(most, n)
	}
	var list []bar
	for _, v := range audit.Verdicts() {
		n := r.Summary()[v]
		percent := n * 100 / most
		if n > 0 {
			percent = max(percent, 1)
		}
		list = append(list, bar{v, n, percent})
	}
	return list
}
