package scan

import (
	"regexp"
	"strings"
)

// A Suppression is a comment that keeps findings out of the report:
//
//	# rdstls:ignore RT102 the server is a test fixture
//
// It applies to its own line and, if it stands alone, to the line below. Without a
// reason it suppresses nothing.
type Suppression struct {
	Path  string
	Line  int
	Rules []string // as written; separated by commas in the file
	Alone bool     // nothing but the comment is on the line
	Used  bool     // a finding was suppressed
}

var ignoreComment = regexp.MustCompile(`(?:#|//|--|;|/\*|<!--|\{\{/\*)\s*rdstls:ignore\s+(RT\d+(?:\s*,\s*RT\d+)*)\s+(\S)`)

// ParseSuppression returns the suppression in a line, if there is one.
func ParseSuppression(line string) (Suppression, bool) {
	m := ignoreComment.FindStringSubmatchIndex(line)
	if m == nil || strings.HasPrefix(line[m[4]:], "*/") || strings.HasPrefix(line[m[4]:], "--") {
		return Suppression{}, false // the end of the comment is no reason
	}
	rules := strings.Split(line[m[2]:m[3]], ",")
	for i := range rules {
		rules[i] = strings.TrimSpace(rules[i])
	}
	return Suppression{Rules: rules, Alone: strings.TrimSpace(line[:m[0]]) == ""}, true
}

// Covers reports whether s suppresses a finding of rule on line.
func (s Suppression) Covers(rule string, line int) bool {
	if line != s.Line && (!s.Alone || line != s.Line+1) {
		return false
	}
	for _, r := range s.Rules {
		if r == rule {
			return true
		}
	}
	return false
}

// suppress drops the findings that suppressions cover, and marks those as used.
func suppress(findings []Finding, suppressions []Suppression) []Finding {
	kept := findings[:0]
	for _, f := range findings {
		covered := false
		for i := range suppressions {
			if suppressions[i].Covers(f.Rule, f.Line) {
				suppressions[i].Used, covered = true, true
			}
		}
		if !covered {
			kept = append(kept, f)
		}
	}
	return kept
}
