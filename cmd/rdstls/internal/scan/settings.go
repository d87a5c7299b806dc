package scan

import (
	"regexp"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

// serverCert finds the options of PHP, Perl and the programs of MySQL that switch
// verification off.
var serverCert = regexp.MustCompile(`(?i)\b\w*ssl[_-]verify[_-]server[_-]cert["']?\s*(?:=>|[=,:]|\s)\s*["']?(?:false|0|off)\b|\bMYSQLI_CLIENT_SSL_DONT_VERIFY_SERVER_CERT\b`)

// judgeServerCert is RT134 for them.
func judgeServerCert(f *file, i int, line string) {
	if m := serverCert.FindStringIndex(line); m != nil && !f.isServerOption(i) {
		level, host := f.gradeByStatement(i)
		f.report("RT134", level, i, m[0], host, "without verification of the server certificate, the client "+consequence[connstr.Unverified])
	}
}

// foreignMode finds the mode of a server of postgres_fdw or dblink.
var foreignMode = regexp.MustCompile(`(?i)\bsslmode\s+'([\w-]+)'`)

// judgeForeignServer is RT110 for them.
func judgeForeignServer(f *file, i int, line string) {
	m := foreignMode.FindStringSubmatchIndex(line)
	if m == nil {
		return
	}
	mode := line[m[2]:m[3]]
	verdict := keyVerdict(mode)
	if verdict == connstr.Verified {
		return
	}
	level, host := f.gradeByStatement(i)
	if verdict == connstr.ChainOnly && host != connstr.RDSHost {
		level = min(level, Note) // a CA of one's own can be enough
	}
	f.report("RT110", level, i, m[0], host, modeText("sslmode", mode)+" "+consequence[verdict])
}

var verifyNone = regexp.MustCompile(`\bverify:\s*:verify_none\b`)

// judgeElixir is RT110 for the options of Postgrex and MyXQL.
func judgeElixir(f *file, i int, line string) {
	m := verifyNone.FindStringIndex(line)
	if m == nil || f.systemOf(i) == otherSystem || !containsAny(f.lower, []string{"repo", "ecto", "postgrex", "myxql"}) {
		return
	}
	level, host := f.gradeByStatement(i)
	f.report("RT110", level, i, m[0], host, "verify: :verify_none "+consequence[connstr.Unverified])
}
