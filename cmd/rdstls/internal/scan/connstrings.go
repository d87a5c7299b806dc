package scan

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

var (
	// databaseURL finds URLs, with template expressions, which may hold spaces.
	databaseURL = regexp.MustCompile("(?i)\\b(jdbc:)?(postgres(?:ql)?|mysql|mariadb)((?:\\+[a-z0-9_]+)?(?::[a-z-]+)?)://((?:\\{\\{.*?\\}\\}|\\$\\{[^}]*\\}|[^\\s\"'`<>\\\\,;]|<[^>\\s]*>|,[a-z0-9])*)")
	// hole finds the ways in which templates and scripts write what is put in later.
	hole = regexp.MustCompile(`\{\{.*?\}\}|\$\{[^}]*\}|\$\([^)]*\)|\$[A-Za-z_]\w*|#\{[^}]*\}|%[sdv]\b|%\([a-z_]+\)s|<[^>\s]*>|\{[\w.\[\]"'()-]*\}`)
)

// withHoles returns s with a hole for each expression of a template.
func withHoles(s string) string { return hole.ReplaceAllString(s, connstr.Hole) }

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
		rest := withHoles(part(4))
		if strings.HasPrefix(scheme, "postgres") {
			f.judgePostgresURL(i, m[0], rest, line)
		} else {
			f.judgeMySQLURL(i, m[0], rest, part(1) != "" || strings.Contains(part(3), ":"))
		}
	}
}

func (f *file) judgePostgresURL(i, column int, rest, line string) {
	c, err := connstr.ParsePostgres("postgres://" + rest)
	if err != nil {
		return
	}
	host := c.HostClass()
	if c.Mode == "" && (host != connstr.RDSHost || c.Unknown || c.RootCert != "" || f.setsModeNear(i, line)) {
		return // what a client does by itself differs from one to the next
	}
	f.reportVerdict(i, column, c.Pgx(), host, modeText("sslmode", c.Mode))
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

// mysqlURLModes are the parameters of MySQL URLs in several languages.
var mysqlURLModes = map[string]func(value string) connstr.Verdict{
	"tls":                     func(v string) connstr.Verdict { return connstr.Conn{Mode: v}.MySQL() },
	"sslmode":                 mysqlMode,
	"ssl-mode":                mysqlMode,
	"ssl_mode":                mysqlMode,
	"usessl":                  falseMeans(connstr.Plaintext),
	"verifyservercertificate": falseMeans(connstr.Unverified),
	"trustservercertificate":  trueMeans(connstr.Unverified),
	"allowpublickeyretrieval": func(string) connstr.Verdict { return connstr.Verified },
}

func mysqlMode(value string) connstr.Verdict {
	switch strings.ToLower(strings.ReplaceAll(value, "-", "_")) {
	case "disabled", "disable", "preferred", "prefer", "allow":
		return connstr.Plaintext
	case "required", "require", "trust":
		return connstr.Unverified
	case "verify_ca":
		return connstr.ChainOnly
	}
	return connstr.Verified
}

func falseMeans(verdict connstr.Verdict) func(string) connstr.Verdict {
	return func(value string) connstr.Verdict {
		if strings.EqualFold(value, "false") {
			return verdict
		}
		return connstr.Verified
	}
}

func trueMeans(verdict connstr.Verdict) func(string) connstr.Verdict {
	return func(value string) connstr.Verdict {
		if strings.EqualFold(value, "true") {
			return verdict
		}
		return connstr.Verified
	}
}

// judgeMySQLURL looks at the parameters that are there: what a client does without
// any differs from one to the next.
func (f *file) judgeMySQLURL(i, column int, rest string, jdbc bool) {
	address, query, _ := strings.Cut(rest, "?")
	authority, _, _ := strings.Cut(address, "/")
	authority = authority[strings.LastIndexByte(authority, '@')+1:]
	var hosts []string
	for h := range strings.SplitSeq(authority, ",") {
		name, _, _ := strings.Cut(h, ":")
		hosts = append(hosts, name)
	}
	worst, text := connstr.Verified, ""
	for pair := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(pair, "=")
		judge, ok := mysqlURLModes[strings.ToLower(key)]
		value, err := url.QueryUnescape(value)
		if !ok || err != nil || connstr.HasHole(value) {
			continue
		}
		if v := judge(value); v > worst && v != connstr.Invalid && v != connstr.Unknown {
			worst, text = v, modeText(strings.ToLower(key), value)
		}
	}
	host := connstr.Conn{Hosts: hosts}.HostClass()
	if jdbc && worst != connstr.Verified {
		f.report("RT132", f.levelOf(host), i, column, host, text+" "+consequence[worst])
		return
	}
	f.reportVerdict(i, column, worst, host, text)
}

var mysqlDSN = regexp.MustCompile("(?:\\{\\{.*?\\}\\}|[^\\s\"'`])*@tcp[46]?\\((?:\\{\\{.*?\\}\\}|[^)\\s])*\\)/(?:\\{\\{.*?\\}\\}|[^\\s\"'`])*")

// judgeMySQLDSNs is RT101 to RT104 for DSNs of the Go driver.
func judgeMySQLDSNs(f *file, i int, line string) {
	for _, m := range mysqlDSN.FindAllStringIndex(line, -1) {
		c, err := connstr.ParseMySQL(withHoles(line[m[0]:m[1]]))
		if err != nil {
			continue
		}
		host := c.HostClass()
		if c.Mode == "" && host != connstr.RDSHost {
			continue
		}
		f.reportVerdict(i, m[0], c.MySQL(), host, modeText("tls", c.Mode))
	}
}

// keyValues finds "key=value" lists with an sslmode, quoted or not.
var keyValues = regexp.MustCompile("(?i)(?:[a-z_]+\\s*=\\s*(?:'[^']*'|\\{\\{.*?\\}\\}|[^\\s\"'`])+\\s+)*\\bsslmode\\s*=\\s*[a-z-]+(?:\\s+[a-z_]+\\s*=\\s*(?:'[^']*'|\\{\\{.*?\\}\\}|[^\\s\"'`])+)*")

// judgeKeyValues is RT101 to RT104 for strings of libpq. Without a host in the
// string, the settings of the environment decide: see judgeKeys.
func judgeKeyValues(f *file, i int, line string) {
	for _, m := range keyValues.FindAllStringIndex(line, -1) {
		c, err := connstr.ParsePostgres(withHoles(strings.TrimSpace(line[m[0]:m[1]])))
		if err != nil || len(c.Hosts) == 1 && (c.Hosts[0] == "" || c.Hosts[0] == connstr.Hole && !strings.Contains(strings.ToLower(line[m[0]:m[1]]), "host")) {
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
	case verdict == connstr.SystemRoots && (host != connstr.RDSHost || f.isProxy(i)):
		return // another server may well have a public certificate
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
