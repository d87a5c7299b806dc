package report

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"io"
	"slices"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
)

//go:embed page.css
var style string

//go:embed page.js
var script string

// HTML writes one page that needs no network. Its policy allows only the script
// and the styles that it holds itself.
func HTML(w io.Writer, r *audit.Report, now time.Time) error {
	var m markup
	m.head(r, now)
	m.summary(r)
	m.regions(r)
	m.findings(r)
	m.write("<footer><p>{}</p></footer>\n<script>{}</script>\n</body>\n</html>\n", audit.Footer, raw(script))
	_, err := io.WriteString(w, m.String())
	return err
}

func (m *markup) head(r *audit.Report, now time.Time) {
	digest := sha256.Sum256([]byte(script))
	policy := "default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
	m.write(`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>TLS audit of RDS</title>
<style>{}</style>
</head>
<body>
<header>
<h1>TLS audit of RDS</h1>
<p class="meta">Partition {}`, policy, raw(style), r.Partition)
	for _, account := range r.Accounts() {
		m.write(" · account {}", account)
	}
	m.write(" · {} UTC</p>\n", now.UTC().Format("2006-01-02 15:04"))
	if r.Incomplete() {
		m.write("<p class=\"incomplete\">Incomplete: some of it could not be read. The table of Regions says what.</p>\n")
	}
	m.write("</header>\n")
}

func (m *markup) summary(r *audit.Report) {
	m.write("<section aria-label=\"Summary\">\n<h2>Summary</h2>\n<table class=\"bars\">\n")
	for _, b := range bars(r) {
		m.write(`<tr><th scope="row">{}</th><td class="count">{}</td><td class="track"><div class="bar {}" style="width: {}%"></div></td></tr>`+"\n",
			string(b.Verdict), b.Count, string(b.Verdict), b.Percent)
	}
	m.write("</table>\n</section>\n")
}

func (m *markup) regions(r *audit.Report) {
	m.write("<section aria-label=\"Regions\">\n<h2>Regions</h2>\n<table class=\"regions\">\n" +
		"<tr><th>Account</th><th>Region</th><th>Status</th><th>Default CA of new instances</th><th>Why</th></tr>\n")
	for _, region := range r.Regions {
		ca := ""
		if region.DefaultCA != nil {
			ca = defaultCAText(region.DefaultCA)
		}
		m.write(`<tr><td>{}</td><td class="name">{}</td><td class="{}">{}</td><td>{}</td><td>{}</td></tr>`+"\n",
			region.Account, region.Name, string(region.Status), string(region.Status), ca, region.Why)
	}
	m.write("</table>\n</section>\n")
}

// filters are hidden until the script shows them: without it they do nothing.
func (m *markup) filters(r *audit.Report) {
	m.write(`<form class="filters" id="filters" hidden>` + "\n<fieldset><legend>Verdict</legend>\n")
	for _, b := range bars(r) {
		if b.Count > 0 {
			m.write(`<label><input type="checkbox" name="verdict" value="{}" checked> {} ({})</label>`+"\n", string(b.Verdict), string(b.Verdict), b.Count)
		}
	}
	m.write("</fieldset>\n<fieldset><legend>Region</legend>\n" + `<select name="region" aria-label="Region"><option value="">all</option>`)
	var names []string
	for _, region := range r.Regions {
		if !slices.Contains(names, region.Name) {
			names = append(names, region.Name)
			m.write(`<option value="{}">{}</option>`, region.Name, region.Name)
		}
	}
	m.write("</select>\n<output id=\"shown\"></output></fieldset>\n</form>\n")
}

type bar struct {
	Verdict        audit.Verdict
	Count, Percent int
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
