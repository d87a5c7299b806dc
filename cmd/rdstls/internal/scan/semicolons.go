package scan

import (
	"regexp"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// semicolonMode finds a mode in a string of ADO.NET or PHP's PDO, whose settings are
// separated by semicolons.
var semicolonMode = regexp.MustCompile(`(?i)(?:^|[;"':]\s*)(ssl ?mode)\s*=\s*([a-z_-]+)`)

// judgeSemicolons is RT101 to RT103 for such strings.
func judgeSemicolons(f *file, i int, line string) {
	m := semicolonMode.FindStringSubmatchIndex(line)
	if m == nil || !strings.Contains(line, ";") {
		return
	}
	host, ok := semicolonHost(line[:m[0]], line[m[1]:])
	if !ok {
		return
	}
	mode := line[m[4]:m[5]]
	f.reportVerdict(i, m[2], mysqlMode(mode), connstr.ClassOf(withHoles(host)), modeText("sslmode", mode))
}

// semicolonHost returns the host of the string around a mode.
func semicolonHost(before, after string) (string, bool) {
	const quotes = "\"'`"
	before = before[strings.LastIndexAny(before, quotes)+1:]
	if end := strings.IndexAny(after, quotes); end >= 0 {
		after = after[:end]
	}
	for pair := range strings.SplitSeq(before+";"+after, ";") {
		key, value, found := strings.Cut(pair, "=")
		key = strings.ToLower(strings.TrimSpace(key[strings.LastIndexByte(key, ':')+1:])) // "pgsql:host"
		switch key {
		case "host", "server", "data source", "datasource", "address", "addr", "network address":
			name, _, _ := strings.Cut(strings.TrimSpace(value), ",")
			return name, found
		}
	}
	return "", false
}
