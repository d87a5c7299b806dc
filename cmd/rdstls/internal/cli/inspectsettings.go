package cli

import (
	"slices"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/inspect"
)

type settingLine struct{ name, text string }

// settingLines returns a line for each setting, from the strictest down. Clients
// for which a setting does the same share a line. asked is whether --plaintext was
// given.
func settingLines(settings []inspect.Setting, asked bool) []settingLine {
	type group struct {
		settingLine
		clients []string
	}
	var groups []group
next:
	for _, s := range settings {
		line := settingLine{settingName(s), settingText(s, asked)}
		for i := range groups {
			if groups[i].settingLine == line {
				groups[i].clients = append(groups[i].clients, s.Client)
				continue next
			}
		}
		groups = append(groups, group{line, []string{s.Client}})
	}
	slices.SortStableFunc(groups, func(a, b group) int { return rank(a.name) - rank(b.name) })
	var lines []settingLine
	for _, g := range groups {
		name := g.name
		if g.clients[0] != "rdstls" {
			name = strings.Join(g.clients, ", ") + " " + name
		}
		lines = append(lines, settingLine{name, g.text})
	}
	return lines
}

// ranks are parts of the names of settings, from the strictest down. Names alone
// tell: of a setting that does not connect, nothing else does.
var ranks = [][]string{
	{"rdspgx", "rdsmysql"},
	{"verify-full, RDS", "tls=profile", "VERIFY_IDENTITY", "--ssl-verify-server-cert"},
	{"verify-full, system", "tls=true"},
	{"verify-ca", "VERIFY_CA"},
	{"require", "REQUIRED", "tls=skip-verify"},
	{"prefer", "PREFERRED", "--ssl-ca", "default"},
	{"allow"},
	{"disable", "DISABLED", "tls=false"},
}

func rank(name string) int {
	return slices.IndexFunc(ranks, func(parts []string) bool {
		return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(name, part) })
	})
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

func settingText(s inspect.Setting, asked bool) string {
	if s.Connects == nil {
		text := "cannot tell"
		if s.Encrypted != nil {
			text = "plaintext, if the server allows it"
		}
		if !asked && strings.HasPrefix(s.Setting, "sslmode=") { // of a MySQL server, nobody can tell without a login
			text += " (--plaintext asks)"
		}
		return text
	}
	if !*s.Connects {
		switch s.Roots {
		case "system":
			return "fails: system roots do not include the RDS CAs"
		case "rds":
			return "fails: the server is not verified"
		}
		if rank(s.Setting) == len(ranks)-1 {
			return "fails: the server refuses plaintext"
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
	case s.Encrypted == nil, *s.Encrypted && s.Setting == "sslmode=allow":
		return "connects; tries plaintext first"
	case *s.Encrypted:
		return "connects; falls back to plaintext"
	}
	return "connects in plaintext"
}
