package sessions

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/rdstls/go/cmd/rdstls/internal/untrusted"
)

// A Document is the JSON form of a report, rdstls.sessions/1.
type Document struct {
	Schema   string        `json:"schema"`
	Server   serverJSON    `json:"server"`
	Enforced string        `json:"enforced"`
	Sessions []sessionJSON `json:"sessions"`
	Accounts []accountJSON `json:"accounts"`
	Samples  int           `json:"samples"`
	Notes    []string      `json:"notes"`
}

type serverJSON struct {
	Endpoint string `json:"endpoint"`
	Engine   string `json:"engine"`
	Version  string `json:"version"`
}

type sessionJSON struct {
	User        string `json:"user"`
	Application string `json:"application"`
	Address     string `json:"address"`
	Encrypted   *bool  `json:"encrypted"`
	TLSVersion  string `json:"tls_version"`
	Cipher      string `json:"cipher"`
	Count       int    `json:"count"`
}

type accountJSON struct {
	User        string `json:"user"`
	Host        string `json:"host"`
	RequiresTLS bool   `json:"requires_tls"`
}

// JSON returns the document of a report.
func (r *Report) JSON() *Document {
	doc := &Document{
		Schema: "rdstls.sessions/1", Server: serverJSON{r.Endpoint, r.Engine, r.Version}, Enforced: r.Enforced,
		Sessions: []sessionJSON{}, Accounts: []accountJSON{}, Samples: r.Samples, Notes: append([]string{}, r.Notes...),
	}
	for _, s := range r.Sessions {
		doc.Sessions = append(doc.Sessions, sessionJSON(s))
	}
	for _, a := range r.Accounts {
		doc.Accounts = append(doc.Accounts, accountJSON{a.User, a.Host, false})
	}
	return doc
}

// safe makes text that a server or a client wrote fit to show.
func safe(text string) string { return untrusted.Text(text, untrusted.Name) }

// Text writes a report for people.
func (r *Report) Text(w io.Writer) {
	fmt.Fprintf(w, "%s, %s %s. Enforcement of TLS: %s.\n\n", safe(r.Endpoint), r.Engine, safe(r.Version), r.Enforced)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "COUNT\tTRANSPORT\tUSER\tAPPLICATION\tADDRESS\tVERSION\tCIPHER")
	for _, s := range r.Sessions {
		transport := s.Transport()
		if s.CutOff() {
			transport = "PLAINTEXT"
		}
		fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\t%s\t%s\n", s.Count, transport, safe(s.User), safe(s.Application), safe(s.Address),
			safe(s.TLSVersion), safe(s.Cipher))
	}
	table.Flush() //nolint:errcheck // the writer below reports
	if len(r.Sessions) == 0 {
		fmt.Fprintln(w, "(no other client is connected)")
	}
	if len(r.Accounts) > 0 {
		fmt.Fprint(w, "\nAccounts that may log in without TLS:\n")
		for _, a := range r.Accounts {
			fmt.Fprintf(w, "  %s@%s\n", safe(a.User), safe(a.Host))
		}
	}
	fmt.Fprintln(w)
	for _, note := range r.Notes {
		fmt.Fprintln(w, "Note: "+safe(note))
	}
	switch {
	case r.Found():
		fmt.Fprintln(w, "Enforcement would cut off the clients that are marked PLAINTEXT.")
	case r.Unknown():
		fmt.Fprintln(w, "Not all clients could be seen, so nothing follows for the others.")
	default:
		fmt.Fprintln(w, "No client that is connected now would be cut off. Others may connect later: --watch 30s --for 24h.")
	}
}

// CSV writes one row for each group of sessions.
func (r *Report) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"user", "application", "address", "encrypted", "tls_version", "cipher", "count", "cut_off"}}
	for _, s := range r.Sessions {
		encrypted := ""
		if s.Encrypted != nil {
			encrypted = strconv.FormatBool(*s.Encrypted)
		}
		rows = append(rows, []string{
			guard(s.User), guard(s.Application), guard(s.Address), encrypted, guard(s.TLSVersion), guard(s.Cipher),
			strconv.Itoa(s.Count), strconv.FormatBool(s.CutOff()),
		})
	}
	if err := out.WriteAll(rows); err != nil {
		return err
	}
	return out.Error()
}

// guard keeps a spreadsheet from taking a cell for a formula.
func guard(cell string) string {
	cell = safe(cell)
	if cell != "" && strings.ContainsRune("=+-@", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}
