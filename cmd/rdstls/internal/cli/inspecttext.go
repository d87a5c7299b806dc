package cli

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
	"unicode/utf8"

	"github.com/rdstls/go/cmd/rdstls/internal/inspect"
)

// An inspectText prints reports for people.
type inspectText struct {
	out     *bytes.Buffer
	color   palette
	minDays int
}

func (p inspectText) server(s *inspect.Server) {
	if p.out.Len() > 0 {
		p.out.WriteString("\n\n")
	}
	title := s.Target
	if host, _, ok := strings.Cut(s.Address, ":"); ok && !strings.HasPrefix(s.Target, host) {
		title += " (" + s.Address + ")"
	}
	p.out.WriteString(p.color.Strong(title) + "\n")
	if !strings.HasPrefix(s.Target, s.ServerName) {
		p.line("expected", s.ServerName)
	}
	p.line("endpoint", endpointText(s))
	p.line("protocol", protocolText(s))
	if s.TLS != nil {
		p.line("TLS", strings.TrimSuffix(strings.TrimPrefix(s.TLS.Version, "TLS ")+", "+s.TLS.CipherSuite+", "+s.TLS.KeyExchange, ", "))
	}
	p.verdict(s)
	if s.Hint != "" {
		p.line("hint", "the name is an alias of "+s.Hint+" (DNS, not proof)")
	}
	p.certificates(s)
	p.settings(s)
}

func (p inspectText) line(name, text string) {
	if text == "" {
		return
	}
	for i, row := range wrap(text, textWidth) {
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(p.out, "  %-10s  %s\n", name, row)
	}
}

// textWidth leaves room for the names in front: lines have a hundred columns.
const textWidth = 86

// wrap breaks text at spaces into rows of at most width characters, where it can.
func wrap(text string, width int) []string {
	rows := []string{""}
	for word := range strings.FieldsSeq(text) {
		last := &rows[len(rows)-1]
		switch {
		case *last == "":
			*last = word
		case utf8.RuneCountInString(*last)+1+utf8.RuneCountInString(word) <= width:
			*last += " " + word
		default:
			rows = append(rows, word)
		}
	}
	return rows
}

// inFlags names the flags of this command, where the library's advice names its
// options, and leaves out what this command has no flag for.
var inFlags = strings.NewReplacer(
	"Options.ServerName", "--server-name", "Options.Roots", "--roots", "a network that drops large packets, or a slow Options.Password", "or a network that drops large packets",
	" Check MinVersion in Options.Base too: RDS for MySQL 5.7 and Aurora MySQL 2 have no TLS 1.3.", "",
)

func (p inspectText) verdict(s *inspect.Server) {
	switch {
	case s.Verified && s.AnyRegion:
		p.line("verified", p.color.Good("yes")+", by its own name against the CAs of all Regions: it is no RDS endpoint")
	case s.Verified:
		p.line("verified", p.color.Good("yes"))
	case s.Unverifiable():
		p.line("verified", p.color.Warn("could not tell: "+s.Reason))
	default:
		p.line("verified", p.color.Bad("NO: "+s.Reason))
	}
	p.line("error", s.Error)
	p.line("advice", inFlags.Replace(s.Advice))
	if s.AnyRegion && !s.Verified && !s.Unverifiable() {
		p.line("note", "expected is the name that you gave, from the CAs of all Regions; for a tunnel or an alias use --server-name")
	}
	if s.Expiring(p.minDays) && s.Chain[0].DaysLeft >= 0 {
		p.line("expires", p.color.Bad(fmt.Sprintf("in %s, less than --min-days %d", daysLeft(s.Chain[0].DaysLeft), p.minDays)))
	}
	switch s.Plaintext {
	case "accepted":
		p.line("plaintext", p.color.Bad("ACCEPTED: the server lets clients in without TLS"))
	case "refused":
		p.line("plaintext", "refused, for user rdstls_probe from this address; a pg_hba line for others can still accept it")
	case "unknown":
		text := "unknown: the answer was neither a refusal nor a login"
		if s.Protocol == inspect.MySQL {
			text = "unknown: MySQL tells only after the login. The parameter is require_secure_transport: rdstls audit reads it"
		}
		p.line("plaintext", text)
	}
}

func endpointText(s *inspect.Server) string {
	if s.Endpoint == nil {
		return "none: the name is not an RDS endpoint"
	}
	kind := map[string]string{
		"instance": "RDS instance", "cluster": "cluster (writer)", "reader": "cluster (readers)", "custom": "custom endpoint of a cluster",
		"proxy": "RDS Proxy", "global": "global database (writer)", "shardgroup": "shard group", "documentdb": "DocumentDB", "dsql": "Aurora DSQL",
	}[s.Endpoint.Kind]
	return strings.TrimSuffix(kind+", "+s.Endpoint.Region, ", ")
}

func protocolText(s *inspect.Server) string {
	switch s.Protocol {
	case inspect.Postgres:
		return "PostgreSQL"
	case inspect.MySQL:
		if s.ServerVersion != "" {
			return "MySQL, says to be " + s.ServerVersion + " (unverified)"
		}
		return "MySQL"
	case inspect.Direct:
		return "TLS from the first byte"
	}
	return ""
}

func (p inspectText) certificates(s *inspect.Server) {
	if len(s.Chain) == 0 {
		return
	}
	heading := "Certificates"
	if !s.Verified {
		heading = "Certificates as presented (unverified)"
	}
	p.out.WriteString("\n" + p.color.Strong(heading) + "\n")
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for i, c := range s.Chain {
		if i == 0 {
			fmt.Fprintf(w, "  %d\t%s\t%s, until %s (%s)\n", i, shortName(c.Subject), c.PublicKey, c.NotAfter.Format(time.DateOnly), daysLeft(c.DaysLeft))
			continue
		}
		fmt.Fprintf(w, "  %d\t%s\tuntil %s\n", i, shortName(c.Subject), c.NotAfter.Format(time.DateOnly))
	}
	if root := s.RootCA; root != nil {
		fmt.Fprintf(w, "  %d\t%s\t%s, embedded, until %s\n", len(s.Chain), root.Subject, root.ID, root.NotAfter.Format(time.DateOnly))
	}
	w.Flush() //nolint:errcheck // a buffer does not fail
	if names := s.Chain[0].Names; len(names) != 1 || !strings.Contains(s.Chain[0].Subject, names[0]) {
		shown := names[:min(len(names), 5)]
		fmt.Fprintf(p.out, "     names: %s\n", strings.Join(shown, ", "))
	}
}

func daysLeft(days int) string {
	if days < 0 {
		return "expired"
	}
	return fmt.Sprintf("%d days", days)
}

// shortName returns the common name of a subject, which comes first in it.
func shortName(subject string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(subject, "CN="), ",")
	return first
}

func (p inspectText) settings(s *inspect.Server) {
	if len(s.Settings) == 0 {
		return
	}
	p.out.WriteString("\n" + p.color.Strong("What each setting does with this server") + "\n")
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	for _, line := range settingLines(s.Settings, s.Plaintext != "") {
		fmt.Fprintf(w, "  %s\t%s\n", line.name, line.text)
	}
	w.Flush() //nolint:errcheck // a buffer does not fail
}
