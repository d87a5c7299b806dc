package audit

import "slices"

// Report is everything that an audit found, for any output format.
type Report struct {
	Partition   string
	Regions     []*Region
	Findings    []Finding
	Interrupted bool
}

// Footer says what a pass does not mean. Every report ends with it.
const Footer = "A pass means that the server refuses clients without TLS. It does not mean that clients verify the server: " +
	"an encrypted connection can still lead to an impostor. Verification is up to the clients: " +
	"check their code and configuration with 'rdstls vet', and connect with the library."

// NewReport judges Regions.
func NewReport(partition string, regions []*Region, opts Options) *Report {
	report := &Report{Partition: partition, Regions: regions}
	for _, r := range regions {
		report.Findings = append(report.Findings, Judge(r, opts)...)
	}
	return report
}

// Accounts returns the accounts that are known, sorted.
func (r *Report) Accounts() []string {
	var accounts []string
	for _, region := range r.Regions {
		if region.Account != "" && !slices.Contains(accounts, region.Account) {
			accounts = append(accounts, region.Account)
		}
	}
	slices.Sort(accounts)
	return accounts
}

// Incomplete reports whether something could not be read.
func (r *Report) Incomplete() bool {
	return r.Interrupted || slices.ContainsFunc(r.Regions, func(region *Region) bool {
		return region.Status == Failed || len(region.Gaps) > 0
	})
}

// Summary counts the findings by verdict.
func (r *Report) Summary() map[Verdict]int {
	count := map[Verdict]int{}
	for _, f := range r.Findings {
		count[f.Verdict]++
	}
	return count
}

// Outcome is what an exit code says about a report.
type Outcome int

// The outcomes, best first.
const (
	AllPass Outcome = iota
	Nothing         // no resource was judged
	CannotTell
	Found
)

// Outcome sums up the report. A finding weighs more than what is unknown.
func (r *Report) Outcome() Outcome {
	count := r.Summary()
	failed := slices.ContainsFunc(r.Regions, func(region *Region) bool { return region.Status == Failed })
	switch {
	case count[Fail]+count[Pending]+count[Warn] > 0:
		return Found
	case count[Unknown] > 0 || failed || r.Interrupted:
		return CannotTell
	case count[Pass] == 0:
		return Nothing
	}
	return AllPass
}
