package report

import (
	"cmp"
	"slices"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
	"github.com/rdstls/go/cmd/rdstls/internal/untrusted"
)

// Sorted returns findings by account and Region, worst first in each.
func Sorted(findings []audit.Finding) []audit.Finding {
	severities := []string{audit.Critical, audit.High, audit.Medium, ""}
	sorted := slices.Clone(findings)
	slices.SortStableFunc(sorted, func(a, b audit.Finding) int {
		return cmp.Or(
			cmp.Compare(a.Account, b.Account), cmp.Compare(a.Region, b.Region),
			cmp.Compare(slices.Index(audit.Verdicts(), a.Verdict), slices.Index(audit.Verdicts(), b.Verdict)),
			cmp.Compare(slices.Index(severities, a.Severity), slices.Index(severities, b.Severity)),
			cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID),
		)
	})
	return sorted
}

// place is where a finding is: the Region, behind the account if the report has
// several.
func place(f audit.Finding, r *audit.Report) string {
	if len(r.Accounts()) > 1 {
		return f.Account + " " + f.Region
	}
	return f.Region
}

// notes are the notes of a finding that a reader needs. A certificate that passes
// has only facts about its next renewal.
func notes(f audit.Finding) []string {
	if f.Verdict == audit.Pass && f.Check == audit.CheckCertificate {
		return nil
	}
	return f.Notes
}

// safe makes text that AWS or a snapshot holds fit to show.
func safe(text string) string { return untrusted.Text(text, 1000) }

// engineText is "postgres 14.12".
func engineText(f audit.Finding) string {
	if f.Version == "" {
		return f.Engine
	}
	return f.Engine + " " + f.Version
}

// defaultCAText describes the account's default CA in a Region.
func defaultCAText(ca *audit.DefaultCA) string {
	if ca.CA == "" {
		return "not known"
	}
	text := ca.CA
	if ca.Override {
		text += " (chosen by the account)"
	}
	if ca.Old() {
		text += ": it has expired, so no client that verifies can connect to a new instance"
	}
	return text
}
