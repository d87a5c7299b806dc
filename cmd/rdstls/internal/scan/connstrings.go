package scan

import (
	"regexp"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

var (
	// databaseURL finds URLs, with template expressions, which may hold spaces.
	databaseURL = regexp.MustCompile("(?i)\\b(jdbc:(?:[a-z0-9-]+:)*)?(postgres(?:ql)?|postgis|ecto|psql|pgsql|mysql2?|mariadb)((?:\\+[a-z0-9_]+)?(?::[a-z-]+)?)://((?:&amp;|\\{\\{.*?\\}\\}|\\$\\{[^}]*\\}|[^\\s\"'`<>\\\\,;]|<[^>/\\s][^>\\s]*>|,[a-z0-9])*)")
	// hole finds the ways in which templates and scripts write what is put in later.
	hole = regexp.MustCompile(`\{\{.*?\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$[A-Za-z_]\w*|#\{[^}]*\}|%[sdv]\b|%\([a-z_]+\)s|<[^>\s]*>|\{[\w.\[\]"'()-]*\}`)
)

// defaultValue finds what a shell, Docker Compose or Spring uses where nothing is set.
var defaultValue = regexp.MustCompile(`\$\{[\w.]+:-?([^${}]+)\}|\$\{\w+-([^${}]+)\}`)

// withHoles returns s with a hole for each expression of a template. A default counts
// if it is a mode, or a host that is not local: those are for development.
func withHoles(s string) string {
	s = defaultValue.ReplaceAllStringFunc(s, func(expression string) string {
		m := defaultValue.FindStringSubmatch(expression)
		text := m[1] + m[2]
		if modes[strings.ToLower(text)] || connstr.ClassOf(text) >= connstr.RemoteHost {
			return text
		}
		return connstr.Hole
	})
	return hole.ReplaceAllString(s, connstr.Hole)
}

// judgeURLs is RT101 to RT104 for URLs, and RT132 for those of MySQL's JDBC drivers.
func judgeURLs(f *file, i int, line string) {
	for _, m := range databaseURL.FindAllStringSubmatchIndex(line, -1) {
		part := func(n int) string {
			if m[2*n] < 0 {
				return ""
			}
			return line[m[2*n]:m[2*n+1]]
		}
		scheme := strings.ToLower(part(2))
		rest := withHoles(strings.ReplaceAll(part(4), "&amp;", "&")) // XML
		jdbc := part(1) != "" || strings.Contains(part(3), ":")
		if strings.HasPrefix(scheme, "p") || scheme == "ecto" {
			f.judgePostgresURL(i, m[0], rest, line, jdbc)
		} else {
			f.judgeMySQLURL(i, m[0], rest, jdbc)
		}
	}
}

func (f *file) judgePostgresURL(i, column int, rest, line string, jdbc bool) {
	// Java and Node.js verify the server with ssl=true, as verify-full does.
	rest, verifies := withMode(otherSpelling.ReplaceAllString(rest, "${1}sslmode="), jdbc || hasExtension(f.path, node))
	c, err := connstr.ParsePostgres("postgres://" + rest)
	if err != nil || verifies {
		return
	}
	host := c.HostClass()
	if c.Mode == "no-verify" { // node-postgres
		f.reportVerdict(i, column, connstr.Unverified, host, modeText("sslmode", c.Mode))
		return
	}
	if c.Mode == "" && (host != connstr.RDSHost || c.Unknown || c.RootCert != "" || f.setsModeNear(i, line)) {
		return // what a client does by itself differs from one to the next
	}
	f.reportVerdict(i, column, c.Pgx(), host, modeText("sslmode", c.Mode))
}

var (
	sslParameter = regexp.MustCompile(`(?i)([?&])ssl=([\w-]+)`)
	sslFactory   = regexp.MustCompile(`(?i)[?&]sslfactory=`)
	// otherSpelling finds the mode as R2DBC and Rust's sqlx spell it.
	otherSpelling = regexp.MustCompile(`([?&])(?:sslMode|ssl-mode)=`)
	strictPrisma  = regexp.MustCompile(`[?&]sslaccept=strict\b`)
)

// withMode returns a URL with the mode that its parameter ssl stands for, as asyncpg
// takes it. It reports whether the client verifies the server by itself, or with a
// class that judgeJDBC knows.
func withMode(rest string, trueVerifies bool) (string, bool) {
	m := sslParameter.FindStringSubmatchIndex(rest)
	hasMode := strings.Contains(rest, "sslmode=")
	switch {
	case strictPrisma.MatchString(rest) && strings.Contains(rest, "sslmode=require"):
		return rest, true
	case sslFactory.MatchString(rest) && (m != nil && !hasMode || strings.Contains(rest, "sslmode=verify-full")):
		return rest, true
	case m == nil || hasMode:
		return rest, false
	}
	switch value := strings.ToLower(rest[m[4]:m[5]]); {
	case value == "true" || value == "1":
		return rest, trueVerifies
	case modes[value]:
		return rest[:m[3]] + "sslmode=" + value + rest[m[1]:], false
	}
	return rest, false
}

// setsModeNear reports whether the statement, or the file, sets the mode in
// another place than the URL.
func (f *file) setsModeNear(i int, line string) bool {
	rest := strings.ToLower(line)
	if strings.Contains(f.lower, "connect_args") || strings.Contains(f.lower, "pgsslmode") {
		return true
	}
	return strings.Contains(rest, "ssl") || strings.Contains(strings.ToLower(f.statement(i)), "ssl") || sslSetting.MatchString(f.lower)
}

var sslSetting = regexp.MustCompile(`\bssl[_-]?mode\b|\bssl["']?\s*[:=]\s*[{tn]|sslrootcert`)

// keyValues finds "key=value" lists with an sslmode, quoted or not.
var keyValues = regexp.MustCompile("(?i)(?:[a-z_]+\\s*=\\s*(?:'[^']*'|\\{\\{.*?\\}\\}|[^\\s\"'`])+\\s+)*\\bsslmode\\s*=\\s*[a-z-]+(?:\\s+[a-z_]+\\s*=\\s*(?:'[^']*'|\\{\\{.*?\\}\\}|[^\\s\"'`])+)*")

// assignment finds the key of an INI file before a string without quotes.
var assignment = regexp.MustCompile(`^[A-Za-z_]+\s*=\s*((?:host|hostaddr|port|user|password|dbname|sslmode)\s*=)`)

// judgeKeyValues is RT101 to RT104 for strings of libpq. Without a host in the
// string, the settings of the environment decide: see judgeKeys.
func judgeKeyValues(f *file, i int, line string) {
	for _, m := range keyValues.FindAllStringIndex(line, -1) {
		text := line[m[0]:m[1]]
		if key := assignment.FindStringSubmatchIndex(text); key != nil {
			text = text[key[2]:]
		}
		c, err := connstr.ParsePostgres(withHoles(strings.TrimSpace(text)))
		if err != nil || len(c.Hosts) == 1 && (c.Hosts[0] == "" || c.Hosts[0] == connstr.Hole && !strings.Contains(strings.ToLower(text), "host")) {
			continue
		}
		f.reportVerdict(i, m[0], c.Pgx(), c.HostClass(), modeText("sslmode", c.Mode))
	}
}

// verdictRules are the rules of the verdicts.
var verdictRules = map[connstr.Verdict]string{
	connstr.Plaintext:   "RT101",
	connstr.Unverified:  "RT102",
	connstr.ChainOnly:   "RT103",
	connstr.SystemRoots: "RT104",
}

// consequence says what a verdict means for the reader.
var consequence = map[connstr.Verdict]string{
	connstr.Plaintext:   "connects to any server, even without TLS",
	connstr.Unverified:  "connects to any server with TLS",
	connstr.ChainOnly:   "connects to any server with a certificate of the same CA: the host name is not checked",
	connstr.SystemRoots: "uses the system roots, which do not include the RDS CAs: it cannot connect to RDS",
}

func (f *file) reportVerdict(i, column int, verdict connstr.Verdict, host connstr.HostClass, text string) {
	rule, ok := verdictRules[verdict]
	if !ok {
		return
	}
	level := f.levelOf(host)
	switch {
	case verdict == connstr.ChainOnly && host != connstr.RDSHost:
		level = min(level, Note) // with a CA of one's own it can be enough
	case verdict == connstr.SystemRoots && (host != connstr.RDSHost || f.isProxy(i) || strings.Contains(f.lower, "pgsslrootcert")):
		return // another server may well have a public certificate, or the roots are set elsewhere
	}
	f.report(rule, level, i, column, host, text+" "+consequence[verdict])
}

// isProxy reports whether line i names an RDS Proxy, whose certificates the system
// roots verify.
func (f *file) isProxy(i int) bool { return strings.Contains(strings.ToLower(f.lines[i]), ".proxy-") }

// modes are the values that a message may show. Anything else can be a part of a
// password.
var modes = map[string]bool{
	"disable": true, "allow": true, "prefer": true, "require": true, "verify-ca": true, "verify-full": true,
	"disabled": true, "preferred": true, "required": true, "verify_ca": true, "verify_identity": true, "trust": true,
	"false": true, "true": true, "skip-verify": true, "no-verify": true, "0": true, "1": true,
}

func modeText(key, value string) string {
	switch lower := strings.ToLower(value); {
	case value == "":
		return "without " + key + ", the client"
	case modes[lower]:
		return key + "=" + lower
	}
	return key
}
