package cli

import (
	"bytes"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"unicode/utf16"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"

	"github.com/rdstls/go/cmd/rdstls/internal/vet"
)

const rulesPage = "https://github.com/rdstls/go/blob/main/docs/rules.md"

// vetSARIF prints SARIF 2.1.0 as GitHub's code scanning reads it: texts without
// Markdown, no snippets, and fingerprints of our own, because GitHub computes its
// own from source lines only for files that it finds.
// https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning
func vetSARIF(r *Run, report *vet.Report) error {
	run := sarif.NewRunWithInformationURI("rdstls vet", rulesPage)
	version := currentVersion().Version
	run.Tool.Driver.WithVersion(version)
	indexes := map[string]int{}
	for i, rule := range vet.Rules() {
		indexes[rule.ID] = i
		run.Tool.Driver.AddRule(sarifRule(rule))
	}
	run.WithColumnKind("utf16CodeUnits")
	run.Invocations = []*sarif.Invocation{sarif.NewInvocation().WithExecutionSuccessful(!report.Incomplete && len(report.Problems) == 0)}
	seen := map[string]int{}
	columns := columnCounter{}
	for _, found := range report.Findings {
		// Findings that are alike are told apart by their order.
		fingerprint := found.Fingerprint()
		seen[fingerprint]++
		region := sarif.NewRegion().WithStartLine(found.Line).WithStartColumn(columns.utf16(found))
		place := sarif.NewPhysicalLocation().WithRegion(region).
			WithArtifactLocation(sarif.NewArtifactLocation().WithURI(relativeURI(found.File)).WithURIBaseID("%SRCROOT%"))
		run.AddResult(sarif.NewRuleResult(found.Rule).WithRuleIndex(indexes[found.Rule]).WithLevel(found.Level).
			WithMessage(sarif.NewTextMessage(found.Message)).
			WithLocations([]*sarif.Location{sarif.NewLocationWithPhysicalLocation(place)}).
			WithPartialFingerprints(map[string]string{"rdstls/v1": fmt.Sprintf("%s:%d", fingerprint, seen[fingerprint])}))
	}
	return r.JSON(sarif.NewReport().AddRun(run))
}

func sarifRule(rule vet.Rule) *sarif.ReportingDescriptor {
	text := sarif.NewMultiformatMessageString().WithText(rule.Title + ".")
	properties := sarif.NewPropertyBag().WithTags([]string{"security", "external/cwe/cwe-295", "external/cwe/cwe-319"})
	if rule.ID == "RT000" {
		properties = sarif.NewPropertyBag().WithTags([]string{"maintainability"})
	} else {
		properties.Add("security-severity", "7.4") // CVSS 3.1 AV:N/AC:H/PR:N/UI:N/S:U/C:H/I:H/A:N: an attacker on the path
	}
	return sarif.NewRule(rule.ID).WithName(rule.ID).WithShortDescription(text).WithFullDescription(text).
		WithHelp(sarif.NewMultiformatMessageString().WithText(rule.Title + ". See " + rulesPage + "#" + strings.ToLower(rule.ID))).
		WithHelpURI(rulesPage + "#" + strings.ToLower(rule.ID)).WithProperties(properties)
}

// relativeURI returns the relative URI of a path. A colon in its first segment would
// be read as the end of a scheme, so it is escaped too (RFC 3986, Section 4.2).
func relativeURI(path string) string {
	segments := strings.Split(path, "/")
	for i := range segments {
		segments[i] = strings.ReplaceAll(url.PathEscape(segments[i]), ":", "%3A")
	}
	return strings.Join(segments, "/")
}

// A columnCounter converts columns. It holds the lines of the last file.
type columnCounter struct {
	file  string
	lines [][]byte
}

// utf16 returns the column of a finding in UTF-16 code units.
func (c *columnCounter) utf16(found vet.Finding) int {
	if c.file != found.File {
		data, err := os.ReadFile(filepath.FromSlash(found.File))
		if err != nil {
			data = nil
		}
		c.file, c.lines = found.File, bytes.Split(data, []byte("\n"))
	}
	if found.Line > len(c.lines) || found.Column > len(c.lines[found.Line-1])+1 {
		return found.Column
	}
	return len(utf16.Encode([]rune(string(c.lines[found.Line-1][:found.Column-1])))) + 1
}
