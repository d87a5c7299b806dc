package scan

import (
	"regexp"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// statement returns the lines around line i that belong together: up to three on
// each side, and no empty one between.
func (f *file) statement(i int) string {
	first, last := f.bounds(i)
	return strings.Join(f.lines[first:last+1], "\n")
}

// bounds returns the first and last line of the statement.
func (f *file) bounds(i int) (first, last int) {
	const around = 3
	first, last = i, i
	for first > 0 && i-first < around && strings.TrimSpace(f.lines[first-1]) != "" {
		first--
	}
	for last+1 < len(f.lines) && last-i < around && strings.TrimSpace(f.lines[last+1]) != "" {
		last++
	}
	return first, last
}

// hostLiteral finds a host that is written out.
var hostLiteral = regexp.MustCompile(`(?i)\b(?:set)?host(?:name)?(?:["']?\s*(?:=>|[:=(,])|\s)\s*["']([^"']+)["']|[:;]host=([^;"'\s]+)`)

// gradeByStatement grades what names no host itself: by the host on its line, in its
// call or mapping, or in its statement and what is around that.
func (f *file) gradeByStatement(i int) (Level, connstr.HostClass) {
	for _, text := range [...]string{f.lines[i], f.nest(i, 1), f.statement(i) + "\n" + f.nest(i, nests)} {
		if rdsName.MatchString(text) {
			return Error, connstr.RDSHost
		}
		if m := hostLiteral.FindStringSubmatch(text); m != nil && connstr.ClassOf(withHoles(m[1]+m[2])) == connstr.LocalHost {
			return Silent, connstr.LocalHost
		}
	}
	if f.hasRDSHost || f.mintsToken {
		return Warning, connstr.UnknownHost
	}
	return Note, connstr.UnknownHost
}

const (
	maxNest = 30 // lines on each side
	nests   = 2  // brackets that are opened: a mode can be an option of an option
)

// beginsBlock matches what opens a bracket around statements, and no list of settings.
var beginsBlock = regexp.MustCompile(`(?:\)|=>|\b(?:class|function|object|do|else|try)\b.*)\s*\{\s*$`)

// nest returns the lines of the call, or the nested settings, that line i is in, up to
// that many brackets away.
func (f *file) nest(i, levels int) string {
	first, depth, opened := i, 0, 0
	for at := i - 1; at >= max(0, i-maxNest) && opened < levels; at-- {
		if depth += brackets(f.lines[at]); depth <= 0 {
			continue
		}
		if beginsBlock.MatchString(f.lines[at]) {
			break
		}
		opened += depth
		first, depth = at, 0
	}
	if opened == 0 {
		return ""
	}
	last, depth := i, brackets(f.lines[i])
	for last+1 < len(f.lines) && last-i < maxNest && depth > -opened {
		last++
		depth += brackets(f.lines[last])
	}
	return strings.Join(f.lines[first:last+1], "\n")
}

// brackets returns how many more brackets a line opens than it closes.
func brackets(line string) int {
	if len(line) > maxLine {
		return 0
	}
	open := strings.Count(line, "(") + strings.Count(line, "[") + strings.Count(line, "{")
	return open - strings.Count(line, ")") - strings.Count(line, "]") - strings.Count(line, "}")
}

var (
	userInfo = regexp.MustCompile(`://[^@/\s"']*@`)
	hostText = regexp.MustCompile(`(?i)(?:://|@tcp\(|\bhost["']?\s*[=:]\s*["']?)([a-z0-9-]+(?:\.[a-z0-9-]+)+)|([a-z0-9-]+(?:\.[a-z0-9-]+)*\.rds\.amazonaws\.com)`)
)

// hostsIn returns the hosts that a line names, and nothing of its users and passwords.
func hostsIn(line string) string {
	if len(line) > maxLine {
		return ""
	}
	var hosts []string
	for _, m := range hostText.FindAllStringSubmatch(userInfo.ReplaceAllString(line, "://"), -1) {
		hosts = append(hosts, strings.ToLower(m[1]+m[2]))
	}
	return strings.Join(hosts, ",")
}
