package scan

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// keyKeywords are in files that set the mode by a key of its own.
var keyKeywords = []string{"sslmode", "ssl_mode", "ssl-mode", "ssl.mode"}

var (
	// modeKey finds the key of a mode and, behind it, its value.
	modeKey = regexp.MustCompile(`(?i)(?:^|[^\w.-])([\w.-]*?)(ssl[_.-]?mode)["']?\]?\s*(?:=>|[:=(>])\s*["']?:?(?:\$\{[\w.]+:?-?|(?:\w+(?:\.|::))+)?([\w-]+)`)
	// modeName finds the name of a variable in a list of Kubernetes or ECS.
	modeName = regexp.MustCompile(`(?i)["']?name["']?\s*[:=]\s*["']?([\w.-]*?)(ssl[_.-]?mode)["']?\s*,?(.*)$`)
	// modeDefault finds what a program takes where nothing sets a mode: ENV.fetch("DB_SSLMODE", "prefer").
	modeDefault = regexp.MustCompile(`(?i)\b([\w.-]*?)(ssl[_.-]?mode)(?:["']\s*,\s*(?:default\s*=\s*)?|["']?[\])]*\s*(?:\|\||\?\?|\bor\b)\s*)["']:?([\w-]+)["']`)
	value       = regexp.MustCompile(`(?i)["']?value["']?\s*[:=]\s*["']?(?:\$\{[\w.]+:?-?)?([\w-]+)`)
	hostKey     = regexp.MustCompile(`(?i)(?:^|[^\w.-])([\w.-]*?)(host|hostname|hostaddr|endpoint|server|address|addr|url|uri|dsn)["']?\s*(?:=>|[:=(>])\s*(["']?(?:<[^>/\s][^>\s]*>|[^\s"',<])+)`)
	hostName    = regexp.MustCompile(`(?i)["']?name["']?\s*[:=]\s*["']?([\w.-]*?)(host|hostname|hostaddr|endpoint|server|address|addr|url|uri|dsn)["']?\s*,?(.*)$`)
	anyValue    = regexp.MustCompile(`(?i)["']?value["']?\s*[:=]\s*(["']?[^\s"',]+)`)
)

// notClientModes are keys of AWS DMS and PgBouncer that are no client's mode.
var notClientModes = regexp.MustCompile(`(?i)(?:server|client)_tls_$|dms`)

// judgeKeys is RT110: a mode in a key of its own, in YAML, environment files,
// properties and the like.
func (f *file) judgeKeys() {
	if hasExtension(f.path, python) || !containsAny(f.lower, keyKeywords) || strings.Contains(f.lower, "aws::dms::") || strings.Contains(f.lower, "aws_dms_") {
		return
	}
	for i, line := range f.lines {
		if len(line) > maxLine || f.comments[i] || !containsAny(strings.ToLower(line), keyKeywords) || inConnString(line) {
			continue
		}
		for _, found := range f.modesOn(i) {
			f.judgeKey(i, found)
		}
	}
}

// A keyedMode is a mode in a key of its own.
type keyedMode struct {
	prefix, key, mode string
	column            int
}

// modesOn returns the modes on line i.
func (f *file) modesOn(i int) (modes []keyedMode) {
	line := f.lines[i]
	prefix, key, mode, column, ok := f.modeAt(i, modeKey, modeName, value)
	if m := modeDefault.FindStringSubmatchIndex(line); m != nil && (!ok || keyVerdict(mode) == connstr.Verified) && !hasExtension(f.path, jvm) {
		return []keyedMode{{line[m[2]:m[3]], line[m[4]:m[5]], line[m[6]:m[7]], m[2]}}
	}
	if !ok {
		return nil
	}
	if modeName.MatchString(line) {
		return []keyedMode{{prefix, key, mode, column}}
	}
	for _, m := range modeKey.FindAllStringSubmatchIndex(line, -1) {
		if isElement(line, m[2], line[m[5]:m[6]]) {
			modes = append(modes, keyedMode{line[m[2]:m[3]], line[m[4]:m[5]], line[m[6]:m[7]], m[2]})
		}
	}
	return modes
}

func (f *file) judgeKey(i int, m keyedMode) {
	line := f.lines[i]
	if isMySQLOption(m.prefix, m.key) || notClientModes.MatchString(m.prefix) || optionMode.MatchString(line) || inType.MatchString(line) {
		return
	}
	if f.isServerOption(i) || f.systemOf(i) == otherSystem {
		return
	}
	verdict := keyVerdict(m.mode)
	if verdict == connstr.Verified || strings.EqualFold(m.mode, "none") { // "none" is a mode of other programs
		return
	}
	host := f.hostOfMode(i, m.column, m.prefix)
	level := f.levelOf(host)
	if verdict == connstr.ChainOnly && host != connstr.RDSHost {
		level = min(level, Note)
	}
	f.report("RT110", level, i, m.column, host, modeText(strings.ToLower(m.key), m.mode)+" "+consequence[verdict])
}

// inConnString reports whether the mode in line belongs to a connection string,
// which other rules judge.
func inConnString(line string) bool {
	lower := strings.ToLower(line)
	return strings.Contains(lower, "://") || semicolonMode.MatchString(line) && strings.Contains(line, ";") || libpqKey.MatchString(lower) || strings.Contains(lower, "?ssl")
}

// isMySQLOption reports whether a key is the option of MySQL's programs, which RT134
// judges. Other programs have options such as --db-sslmode.
func isMySQLOption(prefix, key string) bool {
	return strings.HasPrefix(prefix, "-") && strings.Trim(prefix, "-") == "" && !strings.EqualFold(key, "sslmode")
}

// libpqKey finds a key of a key=value string, and no attribute of XML.
var libpqKey = regexp.MustCompile(`\b(?:host|dbname)=[^"]`)

// inType finds types of TypeScript, and matches and assertions of Rust.
var inType = regexp.MustCompile(`(?i)\bassert|ssl[_.-]?mode["']?\s*(?:[:=]|::)\s*["']?\w+["']?\s*(?:\||=>)`)

func keyVerdict(mode string) connstr.Verdict {
	switch strings.ToLower(mode) {
	case "no-verify", "skip-verify": // node-postgres, Grafana
		return connstr.Unverified
	}
	return mysqlMode(mode)
}

// modeAt returns the prefix, name and value of the key on line i. The value can be
// on the next line, behind "value:".
func (f *file) modeAt(i int, key, name, next *regexp.Regexp) (prefix, found, text string, column int, ok bool) {
	line := f.lines[i]
	if m := name.FindStringSubmatchIndex(line); m != nil {
		rest := line[m[6]:m[7]]
		if v := next.FindStringSubmatch(rest); v != nil {
			return line[m[2]:m[3]], line[m[4]:m[5]], v[1], m[0], true
		}
		if i+1 < len(f.lines) {
			if v := next.FindStringSubmatch(f.lines[i+1]); v != nil {
				return line[m[2]:m[3]], line[m[4]:m[5]], v[1], m[0], true
			}
		}
		return "", "", "", 0, false
	}
	m := key.FindStringSubmatchIndex(line)
	if m == nil || !isElement(line, m[2], line[m[5]:m[6]]) {
		return "", "", "", 0, false
	}
	return line[m[2]:m[3]], line[m[4]:m[5]], line[m[6]:m[7]], m[2], true
}

// isElement reports whether a ">" between a key and its value ends the element of XML
// that begins before the key, and is no comparison or the end of an attribute.
func isElement(line string, key int, separator string) bool {
	if strings.Contains(separator, "=>") || !strings.Contains(separator, ">") {
		return true
	}
	return key > 0 && line[key-1] == '<' && strings.TrimSpace(separator) == ">"
}

// nearKeys is how far from a mode its host can stand.
const nearKeys = 15

// hostOfMode returns the class of the host for the mode at a column of line i: on the
// same line, or near it.
func (f *file) hostOfMode(i, column int, prefix string) connstr.HostClass {
	host, ok := f.hostOnLine(i, column, prefix)
	if !ok {
		host = f.hostFor(i, prefix)
	}
	if host == connstr.UnknownHost && rdsName.MatchString(f.statement(i)+"\n"+f.nest(i, nests)) {
		return connstr.RDSHost
	}
	return host
}

// hostOnLine returns the class of the host that stands nearest to a column of line i.
func (f *file) hostOnLine(i, column int, prefix string) (connstr.HostClass, bool) {
	if p, _, text, _, ok := f.modeAt(i, hostKey, hostName, anyValue); ok && hostName.MatchString(f.lines[i]) && strings.EqualFold(p, prefix) {
		return f.classOfValue(text), true
	}
	nearest, text := maxLine, ""
	for _, m := range hostKey.FindAllStringSubmatchIndex(f.lines[i], -1) {
		if !strings.EqualFold(f.lines[i][m[2]:m[3]], prefix) {
			continue
		}
		if distance := max(column-m[0], m[0]-column); distance < nearest {
			nearest, text = distance, f.lines[i][m[6]:m[7]]
		}
	}
	return f.classOfValue(text), text != ""
}

// hostFor returns the class of the host that belongs to a mode: the nearest key of
// a host with the same prefix, or without any.
func (f *file) hostFor(i int, prefix string) connstr.HostClass {
	for distance := 1; distance <= nearKeys; distance++ {
		for _, at := range [...]int{i - distance, i + distance} {
			if at < 0 || at >= len(f.lines) || len(f.lines[at]) > maxLine || f.comments[at] {
				continue
			}
			p, _, text, _, ok := f.modeAt(at, hostKey, hostName, anyValue)
			if ok && strings.EqualFold(p, prefix) {
				return f.classOfValue(text)
			}
		}
	}
	return connstr.UnknownHost
}

// code are files in which a value without quotes is an expression.
var code = []string{".tf", ".tofu", ".hcl", ".js", ".mjs", ".cjs", ".ts", ".mts", ".cts", ".tsx", ".jsx", ".java", ".kt", ".kts", ".scala", ".groovy", ".gradle", ".dart", ".fs", ".pl", ".pm", ".rb", ".php", ".cs", ".rs", ".ex", ".exs", ".py"}

// classOfValue returns the class of the host in a value, with its quotes.
func (f *file) classOfValue(text string) connstr.HostClass {
	unquoted := strings.TrimLeft(text, `"'`)
	if unquoted == text && (hasExtension(f.path, code) || strings.HasPrefix(text, "!")) { // "!" is a tag, such as !GetAtt
		return connstr.UnknownHost
	}
	return connstr.ClassOf(hostIn(withHoles(unquoted)))
}

// hostIn returns the host of a URL or of "host:port".
func hostIn(text string) string {
	if u, err := url.Parse(text); err == nil && u.Host != "" {
		return u.Hostname()
	}
	if at := strings.LastIndexByte(text, '@'); at >= 0 {
		text = text[at+1:]
	}
	if strings.HasPrefix(text, connstr.Hole) {
		return connstr.Hole
	}
	host, _, _ := strings.Cut(text, ":")
	return host
}
