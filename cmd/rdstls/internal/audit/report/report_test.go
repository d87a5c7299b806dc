package report

import (
	"bytes"
	"encoding/csv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
)

type plainPainter struct{}

func (plainPainter) Good(s string) string   { return s }
func (plainPainter) Bad(s string) string    { return s }
func (plainPainter) Warn(s string) string   { return s }
func (plainPainter) Strong(s string) string { return s }

const hostile = "=cmd|' /C calc'!A0\x1b[31m\u202e<script>alert(1)</script>|`"

// hostileReport has a hostile text wherever AWS or a snapshot can put one.
func hostileReport() *audit.Report {
	return &audit.Report{
		Partition: hostile,
		Regions: []*audit.Region{
			{Account: hostile, Name: hostile, Status: audit.Failed, Why: hostile, DefaultCA: &audit.DefaultCA{CA: hostile, Override: true}},
		},
		Findings: []audit.Finding{{
			Account: hostile, Region: hostile, Kind: audit.Instance, ID: hostile, ARN: hostile, Engine: hostile, Version: hostile,
			Public: true, Check: audit.CheckEnforcement, Control: "RDS.38", Verdict: audit.Fail, Severity: audit.Critical, Parameter: hostile,
			Value: hostile, Source: hostile, Group: hostile, Status: hostile, Why: hostile, Notes: []string{hostile},
			Certificate: &audit.CertificateFinding{CA: hostile, NotAfter: time.Unix(0, 0), DaysLeft: -5, PendingCA: hostile, Window: hostile},
			Remedy:      &audit.Remedy{Steps: []string{hostile}, Commands: []string{"aws rds x", "# <iframe>"}, Terraform: "require_tls = true # <iframe>\n"},
		}},
	}
}

func render(t *testing.T, r *audit.Report) map[string]string {
	t.Helper()
	var text, table, markdown, html bytes.Buffer
	Text(&text, r, plainPainter{})
	Markdown(&markdown, r)
	if err := CSV(&table, r); err != nil {
		t.Fatal(err)
	}
	if err := HTML(&html, r, time.Unix(0, 0)); err != nil {
		t.Fatal(err)
	}
	return map[string]string{"text": text.String(), "csv": table.String(), "markdown": markdown.String(), "html": html.String()}
}

// TestHostileText checks that no format lets a name control a terminal, a page
// or a spreadsheet.
func TestHostileText(t *testing.T) {
	t.Parallel()
	for format, out := range render(t, hostileReport()) {
		for _, bad := range []string{"\x1b", "\u202e"} {
			if strings.Contains(out, bad) {
				t.Errorf("%s holds %q", format, bad)
			}
		}
		if !utf8.ValidString(out) {
			t.Errorf("%s is not UTF-8", format)
		}
		if (format == "html" || format == "markdown") && strings.Contains(out, "<script>alert") {
			t.Errorf("%s holds the script", format)
		}
		if format == "html" && strings.Contains(out, "<iframe>") { // Markdown has commands in blocks of code
			t.Error("html has the markup of a command")
		}
	}
	rows, err := csv.NewReader(strings.NewReader(render(t, hostileReport())["csv"])).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) && cell != "-5" {
				t.Errorf("a cell begins like a formula: %q", cell)
			}
		}
	}
}

// TestFormatsAgree checks that every format has the finding, the Region that
// failed, the remedy, and what a pass does not mean.
func TestFormatsAgree(t *testing.T) {
	t.Parallel()
	r := hostileReport()
	r.Findings[0].ID, r.Regions[0].Why = "orders", "rds:DescribeDBProxies: AccessDenied"
	for format, out := range render(t, r) {
		wanted := []string{"orders", "AccessDenied", "aws rds x"}
		if format != "csv" {
			wanted = append(wanted, "It does not mean that clients verify the server", "ncomplete")
		}
		flat := strings.Join(strings.Fields(out), " ")
		for _, want := range wanted {
			if !strings.Contains(flat, want) {
				t.Errorf("%s lacks %q:\n%s", format, want, out)
			}
		}
	}
}

// TestSelfContained checks that the page loads nothing.
func TestSelfContained(t *testing.T) {
	t.Parallel()
	page := render(t, &audit.Report{})["html"]
	for _, bad := range []string{"src=", "href=", "@import", "url(", "http:", "https:", "fetch("} {
		if strings.Contains(page, bad) {
			t.Errorf("the page holds %q", bad)
		}
	}
	if !strings.Contains(page, "default-src &#39;none&#39;") {
		t.Error("the page has no policy")
	}
}

// TestTextWidth checks that only commands are longer than a line.
func TestTextWidth(t *testing.T) {
	t.Parallel()
	r := hostileReport()
	r.Findings[0].Why = strings.Repeat("some words ", 40)
	for line := range strings.Lines(render(t, r)["text"]) {
		if n := utf8.RuneCountInString(strings.TrimRight(line, "\n")); n > width && strings.Contains(line, "words") {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// TestOldDefaultCA checks that every format for people warns of a default CA that
// has expired.
func TestOldDefaultCA(t *testing.T) {
	t.Parallel()
	r := &audit.Report{Regions: []*audit.Region{{Name: "eu-west-1", DefaultCA: &audit.DefaultCA{CA: "rds-ca-2019", Override: true}}}}
	for format, out := range render(t, r) {
		if format != "csv" && !strings.Contains(out, "it has expired") {
			t.Errorf("%s does not warn of the default CA:\n%s", format, out)
		}
	}
}

// TestNotes checks that every format for people shows the notes of a proxy that
// passes, and the account if there are several.
func TestNotes(t *testing.T) {
	t.Parallel()
	r := &audit.Report{
		Regions: []*audit.Region{{Account: "111111111111", Name: "eu-west-1"}, {Account: "222222222222", Name: "eu-west-1"}},
		Findings: []audit.Finding{
			{
				Account: "222222222222", Region: "eu-west-1", Kind: audit.Proxy, ID: "pool", Check: audit.CheckProxyTLS, Verdict: audit.Pass,
				Notes: []string{"Enforcement of the databases behind it: fail."},
			},
			{
				Account: "222222222222", Region: "eu-west-1", Kind: audit.Instance, ID: "orders", Check: audit.CheckEnforcement, Verdict: audit.Fail,
				Notes: []string{"An upgrade turns it on."}, Remedy: &audit.Remedy{},
			},
		},
	}
	for format, out := range render(t, r) {
		wanted := []string{"behind it: fail", "An upgrade turns it on."}
		if format == "html" || format == "markdown" {
			wanted = append(wanted, "222222222222 eu-west-1")
		}
		for _, want := range wanted {
			if strings.Count(out, want) == 0 {
				t.Errorf("%s lacks %q:\n%s", format, want, out)
			}
		}
	}
}

// TestOrder checks that the worst finding comes first.
func TestOrder(t *testing.T) {
	t.Parallel()
	sorted := Sorted([]audit.Finding{
		{ID: "a", Verdict: audit.Pass},
		{ID: "b", Verdict: audit.Fail, Severity: audit.High},
		{ID: "c", Verdict: audit.NotApplicable},
		{ID: "d", Verdict: audit.Unknown, Severity: audit.Medium},
		{ID: "e", Verdict: audit.Fail, Severity: audit.Critical},
	})
	order := ""
	for _, f := range sorted {
		order += f.ID
	}
	if order != "ebdac" {
		t.Errorf("order %s", order)
	}
}
