package report

import (
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
)

// CSV writes one row for each finding, and one for each Region that was not
// audited, so that a filter for findings does not hide it.
func CSV(w io.Writer, r *audit.Report) error {
	out := csv.NewWriter(w)
	rows := [][]string{{
		"account", "region", "kind", "id", "engine", "engine_version", "public", "check", "control", "verdict", "severity",
		"parameter", "value", "source", "group", "status", "ca", "not_after", "days_left", "pending_ca", "needs_restart", "window",
		"why", "notes", "remedy", "commands",
	}}
	for _, region := range r.Regions {
		if region.Status != audit.Audited {
			row := make([]string, len(rows[0]))
			row[0], row[1], row[2], row[9], row[22] = region.Account, region.Name, "region", string(region.Status), region.Why
			rows = append(rows, row)
		}
	}
	for _, f := range Sorted(r.Findings) {
		rows = append(rows, csvRow(f))
	}
	for _, row := range rows {
		for i, cell := range row {
			row[i] = guard(cell)
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func csvRow(f audit.Finding) []string {
	row := []string{
		f.Account, f.Region, string(f.Kind), f.ID, f.Engine, f.Version, strconv.FormatBool(f.Public),
		string(f.Check), f.Control, string(f.Verdict), f.Severity, f.Parameter, f.Value, f.Source, f.Group, f.Status,
		"", "", "", "", "", "", f.Why, strings.Join(f.Notes, " "), "", "",
	}
	if c := f.Certificate; c != nil {
		row[16], row[19], row[20], row[21] = c.CA, c.PendingCA, strconv.FormatBool(c.NeedsRestart), c.Window
		if !c.NotAfter.IsZero() {
			row[17], row[18] = c.NotAfter.UTC().Format(time.RFC3339), strconv.Itoa(c.DaysLeft)
		}
	}
	if f.Remedy != nil {
		row[24], row[25] = strings.Join(f.Remedy.Steps, " "), strings.Join(f.Remedy.Commands, "; ")
	}
	return row
}

// guard keeps a spreadsheet from taking a cell for a formula. A number of days
// that is negative is left as it is.
func guard(cell string) string {
	if _, err := strconv.Atoi(cell); err == nil && !strings.HasPrefix(cell, "+") {
		return cell
	}
	cell = safe(cell)
	if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
