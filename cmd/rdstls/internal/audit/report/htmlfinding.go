package report

import (
	"strings"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
)

func (m *markup) findings(r *audit.Report) {
	m.write("<section aria-label=\"Findings\">\n<h2>Findings</h2>\n")
	m.filters(r)
	for _, f := range Sorted(r.Findings) {
		m.finding(f, place(f, r))
	}
	if len(r.Findings) == 0 {
		m.write("<p>There is nothing to judge.</p>\n")
	}
	m.write("</section>\n")
}

func (m *markup) finding(f audit.Finding, where string) {
	m.write(`<article class="finding {}" data-verdict="{}" data-region="{}">`+"\n", string(f.Verdict), string(f.Verdict), f.Region)
	m.write(`<h3><span class="verdict {}">{}</span> {} <span class="id">{}</span></h3>`+"\n", string(f.Verdict), string(f.Verdict), string(f.Kind), breaks(f.ID))
	m.write(`<p class="facts"><span class="name">{}</span> · {} · {}`, where, engineText(f), string(f.Check))
	for _, fact := range []string{f.Control, string(f.Severity)} {
		if fact != "" {
			m.write(" · {}", fact)
		}
	}
	if f.Public {
		m.write(" · <strong>public</strong>")
	}
	m.write("</p>\n<p>{}</p>\n", f.Why)
	if f.Certificate != nil {
		m.certificate(f.Certificate)
	}
	if len(f.Notes) > 0 {
		m.write("<ul class=\"notes\">")
		m.items(f.Notes)
		m.write("</ul>\n")
	}
	if f.Remedy != nil {
		m.remedy(f.Remedy)
	}
	m.write("</article>\n")
}

func (m *markup) certificate(c *audit.CertificateFinding) {
	m.write(`<p class="facts">CA {}`, c.CA)
	switch {
	case c.NotAfter.IsZero():
	case c.DaysLeft < 0:
		m.write(" · until {} (expired)", c.NotAfter.UTC().Format(time.DateOnly))
	default:
		m.write(" · until {} ({} days left)", c.NotAfter.UTC().Format(time.DateOnly), c.DaysLeft)
	}
	if c.PendingCA != "" {
		m.write(" · pending {}", c.PendingCA)
	}
	if c.NeedsRestart {
		m.write(" · a new one needs a restart")
	}
	if c.Window != "" {
		m.write(" · maintenance {}", c.Window)
	}
	m.write("</p>\n")
}

func (m *markup) remedy(r *audit.Remedy) {
	m.write("<details><summary>Remedy</summary>\n<ol>")
	m.items(r.Steps)
	m.write("</ol>\n")
	const block = `<div class="copy"><pre tabindex="0">{}</pre><button type="button" hidden>Copy {}</button></div>` + "\n"
	if len(r.Commands) > 0 {
		m.write(block, lines(strings.Join(r.Commands, "\n")), "commands")
	}
	if r.Terraform != "" {
		m.write(block, lines(r.Terraform), "Terraform")
	}
	m.write("</details>\n")
}

func (m *markup) items(texts []string) {
	for _, text := range texts {
		m.write("<li>{}</li>", text)
	}
}
