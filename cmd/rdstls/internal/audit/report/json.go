// Package report prints an audit. It knows neither AWS nor TLS: every sentence
// comes from package audit, and every name is untrusted text.
package report

import (
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
)

// A Document is the JSON form of an audit, rdstls.audit/1.
type Document struct {
	Schema     string         `json:"schema"`
	Partition  string         `json:"partition"`
	Accounts   []string       `json:"accounts"`
	Regions    []regionJSON   `json:"regions"`
	Findings   []findingJSON  `json:"findings"`
	DefaultCAs []defaultJSON  `json:"default_cas"`
	Footer     string         `json:"footer"`
	Incomplete bool           `json:"incomplete"`
	Summary    map[string]int `json:"summary"`
}

type regionJSON struct {
	Account string `json:"account"`
	Region  string `json:"region"`
	Status  string `json:"status"`
	Why     string `json:"why"`
}

type findingJSON struct {
	Account       string           `json:"account"`
	Region        string           `json:"region"`
	Kind          string           `json:"kind"`
	ID            string           `json:"id"`
	ARN           string           `json:"arn"`
	Engine        string           `json:"engine"`
	EngineVersion string           `json:"engine_version"`
	Public        bool             `json:"public"`
	Check         string           `json:"check"`
	Control       string           `json:"control"`
	Verdict       string           `json:"verdict"`
	Severity      string           `json:"severity"`
	Parameter     string           `json:"parameter"`
	Value         string           `json:"value"`
	Source        string           `json:"source"`
	Group         string           `json:"group"`
	Status        string           `json:"status"`
	Certificate   *certificateJSON `json:"certificate"`
	Notes         []string         `json:"notes"`
	Why           string           `json:"why"`
	Remedy        *remedyJSON      `json:"remedy"`
}

type certificateJSON struct {
	CA           string     `json:"ca"`
	NotAfter     *time.Time `json:"not_after"`
	DaysLeft     *int       `json:"days_left"`
	PendingCA    string     `json:"pending_ca"`
	NeedsRestart bool       `json:"needs_restart"`
	Window       string     `json:"window"`
}

type remedyJSON struct {
	Steps     []string `json:"steps"`
	Commands  []string `json:"commands"`
	Terraform string   `json:"terraform"`
}

type defaultJSON struct {
	Account  string `json:"account"`
	Region   string `json:"region"`
	CA       string `json:"ca"`
	Override bool   `json:"override"`
}

// JSON returns the document of a report.
func JSON(r *audit.Report) *Document {
	doc := &Document{
		Schema: "rdstls.audit/1", Partition: r.Partition, Accounts: list(r.Accounts()), Footer: audit.Footer,
		Regions: []regionJSON{}, Findings: []findingJSON{}, DefaultCAs: []defaultJSON{},
		Incomplete: r.Incomplete(), Summary: map[string]int{},
	}
	for _, v := range audit.Verdicts() {
		doc.Summary[string(v)] = r.Summary()[v]
	}
	for _, region := range r.Regions {
		doc.Regions = append(doc.Regions, regionJSON{region.Account, region.Name, string(region.Status), region.Why})
		if ca := region.DefaultCA; ca != nil {
			doc.DefaultCAs = append(doc.DefaultCAs, defaultJSON{region.Account, region.Name, ca.CA, ca.Override})
		}
	}
	for _, f := range Sorted(r.Findings) {
		doc.Findings = append(doc.Findings, findingOf(f))
	}
	return doc
}

func findingOf(f audit.Finding) findingJSON {
	j := findingJSON{
		Account: f.Account, Region: f.Region, Kind: string(f.Kind), ID: f.ID, ARN: f.ARN,
		Engine: f.Engine, EngineVersion: f.Version, Public: f.Public,
		Check: string(f.Check), Control: f.Control, Verdict: string(f.Verdict), Severity: f.Severity,
		Parameter: f.Parameter, Value: f.Value, Source: f.Source, Group: f.Group, Status: f.Status,
		Notes: list(f.Notes), Why: f.Why,
	}
	if c := f.Certificate; c != nil {
		j.Certificate = &certificateJSON{CA: c.CA, PendingCA: c.PendingCA, NeedsRestart: c.NeedsRestart, Window: c.Window}
		if !c.NotAfter.IsZero() {
			until, left := c.NotAfter.UTC(), c.DaysLeft
			j.Certificate.NotAfter, j.Certificate.DaysLeft = &until, &left
		}
	}
	if f.Remedy != nil {
		j.Remedy = &remedyJSON{list(f.Remedy.Steps), list(f.Remedy.Commands), f.Remedy.Terraform}
	}
	return j
}

// list makes an absent list an empty one.
func list(items []string) []string {
	if items == nil {
		return []string{}
	}
	return items
}
