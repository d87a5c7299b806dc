package cli

import "github.com/rdstls/go/cmd/rdstls/internal/vet"

// A vetJSON is the JSON form of rdstls vet.
type vetJSON struct {
	Schema     string        `json:"schema"`
	Findings   []vet.Finding `json:"findings"`
	Errors     []vet.Problem `json:"errors"`
	Incomplete bool          `json:"incomplete"`
}

func vetDocument(report *vet.Report) vetJSON {
	d := vetJSON{Schema: "rdstls.vet/1", Findings: report.Findings, Errors: report.Problems, Incomplete: report.Incomplete}
	if d.Findings == nil {
		d.Findings = []vet.Finding{}
	}
	if d.Errors == nil {
		d.Errors = []vet.Problem{}
	}
	return d
}
