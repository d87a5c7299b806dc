package cli

import (
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/inspect"
)

type settingLine struct{ name, text string }

// settingLines returns a line for each setting, from the strictest down. Clients
// for which a setting does the same share a line.
func settingLines(settings []inspect.Setting) []settingLine {
	type group struct {
		settingLine
		clients []string
	}
	var groups []group
next:
	for _, s := range settings {
		line := settingLine{settingName(s), settingText(s)}
		for i := range groups {
			if groups[i].settingLine == line {
				groups[i].clients = append(groups[i].clients, s.Client)
				continue next
			}
		}
		groups = append(groups, group{line, []string{s.Client}})
	}
	var lines []settingLine
	for _, wanted := range []string{"endpoint", "rds", "anyone", "plaintext"} {
		for _, g := range groups {
			if strictness(g.name) == wanted {
				name := g.name
				if g.clients[0] != "rdstls" {
					name = strings.Join(g.clients, ", ") + " " + name
				}
				lines = append(lines, settingLine{name, g.text})
			}
		}
	}
	return lines
}

// strictness says which servers a setting accepts, by its name: a setting that does
// not connect has no other sign of it.
func strictness(name string) string {
	switch {
	case strings.HasPrefix(name, "rds"), strings.Contains(name, "verify-full"), strings.Contains(name, "tls=true"), strings.Contains(name, "profile"),
		strings.Contains(name, "IDENTITY"), strings.Contains(name, "verify-server"):
		return "endpoint"
	case strings.Contains(name, "verify-ca"), strings.Contains(name, "VERIFY_CA"):
		return "rds"
	case strings.Contains(name, "require"), strings.Contains(name, "REQUIRED"), strings.Contains(name, "skip-verify"):
		return "anyone"
	}
	return "plaintext"
}

func settingName(s inspect.Setting) string {
	name := strings.TrimPrefix(s.Setting, "sslmode=")
	switch {
	case s.Client == "rdstls":
		return name
	case s.Roots == "rds":
		return name + ", RDS bundle"
	case s.Roots == "system":
		return name + ", system roots"
	case name == "prefer":
		return "prefer, or none"
	}
	return name
}

func settingText(s inspect.Setting) string {
	if s.Connects == nil {
		if s.Encrypted != nil {
			return "plaintext, if the server allows it: rdstls inspect --plaintext"
		}
		return "cannot tell: rdstls inspect --plaintext"
	}
	if !*s.Connects {
		switch {
		case s.Roots == "system":
			return "fails: system roots do not include the RDS CAs"
		case s.Roots == "rds":
			return "fails: the server is not verified"
		}
		return "fails"
	}
	switch {
	case s.Accepts == "endpoint":
		return "connects, verified"
	case s.Accepts == "rds":
		return "connects; accepts any other RDS server too"
	case s.Accepts == "anyone":
		return "connects; accepts any server"
	case s.Encrypted == nil:
		return "tries plaintext first"
	case *s.Encrypted:
		return "connects; falls back to plaintext"
	}
	return "connects in plaintext"
}
