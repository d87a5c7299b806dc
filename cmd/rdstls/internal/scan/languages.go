package scan

import (
	"regexp"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

var psqlVariable = regexp.MustCompile(`\b(?:psql|pg_dump|pg_restore)\b.*?\s(?:-v|--set|--variable)[ =]["']?sslmode=`)

// judgePsqlVariable is RT130.
func judgePsqlVariable(f *file, i int, line string) {
	if m := psqlVariable.FindStringIndex(line); m != nil {
		level, host := f.gradeByStatement(i)
		f.report("RT130", level, i, m[0], host,
			"psql -v and --set make a variable, not a setting of the connection: it stays as it was. Set PGSSLMODE, or write sslmode into the connection string")
	}
}

var pythonRules = []struct {
	pattern *regexp.Regexp
	message string
	rdsOnly bool // it means something only beside an RDS host
}{
	{regexp.MustCompile(`\bssl_context\s*=\s*True\b`), "ssl_context=True uses the system roots, which do not include the RDS CAs", true},
	{regexp.MustCompile(`\bcheck_hostname\s*=\s*False\b`), "check_hostname=False accepts any server with a certificate of the same CA", false},
	{regexp.MustCompile(`[^=!<>]=\s*(?:ssl\.)?CERT_NONE\b`), "CERT_NONE accepts any server with TLS", false},
}

// pythonMode finds sslmode as an argument of a call or a key of a dict.
var pythonMode = regexp.MustCompile(`["']?\bsslmode\b["']?\s*[:=]\s*["'](require|prefer|allow|disable|verify-ca)["']`)

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
		if m == nil || rule.rdsOnly && !f.hasRDSHost {
			continue
		}
		level, host := f.gradeByStatement(i)
		f.report("RT131", level, i, m[0], host, rule.message)
	}
	m := pythonMode.FindStringSubmatchIndex(line)
	if m == nil || strings.Contains(f.statement(i), "sslrootcert") {
		return
	}
	level, host := f.gradeByStatement(i)
	mode := line[m[2]:m[3]]
	f.report("RT131", level, i, m[0], host, "sslmode="+mode+" "+consequence[keyVerdict(mode)])
}

var jdbcSetting = regexp.MustCompile(`(?i)\b(usessl|verifyservercertificate|trustservercertificate)\b["']?\s*(?:[:=,]|=>)\s*["']?(true|false)\b|\b(nonvalidatingfactory)\b`)

// judgeJDBC is RT132, outside URLs.
func judgeJDBC(f *file, i int, line string) {
	for _, m := range jdbcSetting.FindAllStringSubmatchIndex(line, -1) {
		if strings.Contains(line[:m[0]], "://") {
			if m[6] < 0 {
				continue // judgeURLs has it, with its host
			}
		}
		verdict, text := connstr.Unverified, "NonValidatingFactory"
		if m[2] >= 0 {
			key, value := strings.ToLower(line[m[2]:m[3]]), line[m[4]:m[5]]
			verdict, text = mysqlURLModes[key](value), modeText(key, value)
		}
		if verdict == connstr.Verified {
			continue
		}
		level, host := f.gradeByStatement(i)
		f.report("RT132", level, i, m[0], host, text+" "+consequence[verdict])
	}
}

var nodeSetting = regexp.MustCompile(`(?i)\b(rejectUnauthorized)\b["']?\s*[:=]\s*(?:false|0)\b|\b(NODE_TLS_REJECT_UNAUTHORIZED)\b["']?\]?\s*[:=]\s*["']?0\b`)

// judgeNode is RT133.
func judgeNode(f *file, i int, line string) {
	if !f.hasDBClient && !f.hasRDSHost {
		return
	}
	m := nodeSetting.FindStringSubmatchIndex(line)
	if m == nil {
		return
	}
	level, host := f.gradeByStatement(i)
	text := "rejectUnauthorized: false accepts any server with TLS"
	if m[2] < 0 {
		text = "NODE_TLS_REJECT_UNAUTHORIZED=0 accepts any server with TLS, for every connection of the process"
	}
	f.report("RT133", level, i, m[0], host, text)
}

var (
	mysqlOption  = regexp.MustCompile(`(?i)--ssl[-_]mode[= ](required|preferred|disabled)\b|--(skip-ssl|disable-ssl)\b|\b(ssl_disabled)\s*=\s*True\b`)
	mysqlProgram = regexp.MustCompile(`\b(?:mysql|mysqldump|mysqladmin|mysqlimport|mysqlcheck|mariadb|mariadb-dump|mariadb-admin)\b`)
	hostOption   = regexp.MustCompile(`(?:\s-h\s*|--host[= ])["']?([^\s"']+)`)
)

// judgeMySQLOptions is RT134.
func judgeMySQLOptions(f *file, i int, line string) {
	m := mysqlOption.FindStringSubmatchIndex(line)
	if m == nil || m[6] < 0 && !mysqlProgram.MatchString(f.statement(i)) {
		return
	}
	level, host := f.gradeByStatement(i)
	if option := hostOption.FindStringSubmatch(f.statement(i)); option != nil {
		host = connstr.ClassOf(withHoles(option[1]))
		level = f.levelOf(host)
	}
	verdict, text := connstr.Plaintext, "skip-ssl"
	switch {
	case m[2] >= 0:
		mode := strings.ToLower(line[m[2]:m[3]])
		verdict, text = mysqlMode(mode), "--ssl-mode="+strings.ToUpper(mode)
	case m[6] >= 0:
		text = "ssl_disabled=True"
	}
	f.report("RT134", level, i, m[0], host, text+" "+consequence[verdict])
}
