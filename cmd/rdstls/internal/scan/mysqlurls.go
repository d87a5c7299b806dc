package scan

import (
	"net/url"
	"regexp"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// mysqlURLModes are the parameters of MySQL URLs in several languages.
var mysqlURLModes = map[string]func(value string) connstr.Verdict{
	"tls":                     func(v string) connstr.Verdict { return connstr.Conn{Mode: v}.MySQL() },
	"sslmode":                 mysqlMode,
	"ssl-mode":                mysqlMode,
	"ssl_mode":                mysqlMode,
	"usessl":                  falseMeans(connstr.Plaintext),
	"verifyservercertificate": falseMeans(connstr.Unverified),
	"trustservercertificate":  trueMeans(connstr.Unverified),
	"sslaccept": func(v string) connstr.Verdict { // of Prisma
		if v == "accept_invalid_certs" {
			return connstr.Unverified
		}
		return connstr.Verified
	},
	"allowpublickeyretrieval": func(string) connstr.Verdict { return connstr.Verified },
}

func mysqlMode(value string) connstr.Verdict {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(value)) {
	case "disabled", "disable", "none", "preferred", "prefer", "allow":
		return connstr.Plaintext
	case "required", "require", "trust":
		return connstr.Unverified
	case "verifyca":
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
