package scan

import (
	"regexp"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

var pythonRules = []struct {
	pattern *regexp.Regexp
	message string
	needs   string // a word that the file must have, in lower case
}{
	{regexp.MustCompile(`\bssl_context\s*=\s*True\b`), "ssl_context=True uses the system roots, which do not include the RDS CAs", "rds"},
	{regexp.MustCompile(`\bcheck_hostname(?:\s*=|["']\s*:)\s*False\b`), "check_hostname=False accepts any server with a certificate of the same CA", ""},
	{regexp.MustCompile(`(?:[^=!<>]=|cert_reqs["']\s*:)\s*["']?(?:ssl\.)?CERT_NONE\b`), "CERT_NONE accepts any server with TLS", ""},
	{regexp.MustCompile(`\b_create_unverified_context\(`), "an unverified context accepts any server with TLS", ""},
	{regexp.MustCompile(`\bssl_verify_cert\s*=\s*False\b`), "ssl_verify_cert=False accepts any server with TLS", ""},
	{regexp.MustCompile(`\bssl_verify_identity\s*=\s*False\b`), "ssl_verify_identity=False accepts any server with a certificate of the same CA", ""},
	{regexp.MustCompile(`\bssl_require\s*=\s*True\b`), "ssl_require=True sets sslmode=require, which accepts any server with TLS", "dj_database_url"},
	{regexp.MustCompile(`\bssl\s*=\s*False\b`), "ssl=False connects to any server, without TLS", "asyncpg"},
	{regexp.MustCompile(`\bssl\s*=\s*["'](?:require|prefer|allow)["']`), "this ssl mode accepts any server", "asyncpg"},
}

// pythonMode finds sslmode as an argument of a call or a key of a dict.
var pythonMode = regexp.MustCompile(`(?i)["']?\b(ssl_?mode)\b["']?\]?\s*[:=]\s*["'](require|prefer|allow|disable|verify-ca|required|preferred|disabled|verify_ca)["']`)

// judgePython is RT131.
func judgePython(f *file, i int, line string) {
	if !f.hasDBClient && !f.hasRDSHost {
		return
	}
	if comment := strings.Index(line, " # "); comment >= 0 {
		line = line[:comment]
	}
	for _, rule := range pythonRules {
		m := rule.pattern.FindStringIndex(line)
		if m == nil || f.systemOf(i) == otherSystem || rule.needs == "rds" && !f.hasRDSHost || !strings.Contains(f.lower, rule.needs) {
			continue
		}
		if rule.needs == "asyncpg" && !containsAny(strings.ToLower(line+f.nest(i, nests)), []string{"asyncpg", "create_pool", "connect("}) {
			continue // HTTP clients have an argument of the same name
		}
		level, host := f.gradeByStatement(i)
		f.report("RT131", level, i, m[0], host, rule.message)
	}
	m := pythonMode.FindStringSubmatchIndex(line)
	if d := modeDefault.FindStringSubmatchIndex(line); m == nil && d != nil {
		m = []int{d[0], d[1], d[4], d[5], d[6], d[7]}
	}
	if m == nil || strings.Contains(f.statement(i), "sslrootcert") {
		return
	}
	level, host := f.gradeByStatement(i)
	mode := line[m[4]:m[5]]
	if verdict := keyVerdict(mode); verdict != connstr.Verified {
		f.report("RT131", level, i, m[0], host, modeText(strings.ToLower(line[m[2]:m[3]]), mode)+" "+consequence[verdict])
	}
}
