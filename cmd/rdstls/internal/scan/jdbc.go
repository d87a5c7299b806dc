package scan

import (
	"regexp"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

var (
	jdbcSetting = regexp.MustCompile(`(?i)\b(usessl|verifyservercertificate|trustservercertificate)\b["']?\s*(?:[:=,]|=>)\s*["']?(true|false)\b|\b(nonvalidatingfactory)\b`)
	// jdbcMode finds a mode as an argument of setProperty and the like.
	jdbcMode = regexp.MustCompile(`(?i)["'](sslmode)["']\s*,\s*["']([\w-]+)["']`)
	// otherJDBC finds the URLs of other databases.
	otherJDBC = regexp.MustCompile(`(?i)\bjdbc:(?:h2|hsqldb|derby|sqlite|oracle|sqlserver|db2|jtds|snowflake|redshift|clickhouse)\b`)
	// sqlServer finds the strings of SQL Server, which share settings with those of MySQL and PostgreSQL.
	sqlServer = regexp.MustCompile(`(?i)\b(?:encrypt|initial catalog|integrated ?security|trusted_connection|multipleactiveresultsets)\s*=`)
	// jdbcWords name the databases that have these settings.
	jdbcWords = []string{"mysql", "mariadb", "postgres", "npgsql"}
)

// judgeJDBC is RT132, outside URLs.
func judgeJDBC(f *file, i int, line string) {
	if otherJDBC.MatchString(line) || sqlServer.MatchString(line) {
		return
	}
	for _, m := range jdbcSetting.FindAllStringSubmatchIndex(line, -1) {
		verdict, text := connstr.Unverified, "NonValidatingFactory"
		if m[2] >= 0 {
			if inURL(line[:m[0]]) {
				continue // judgeURLs has it, with its host
			}
			key, value := strings.ToLower(line[m[2]:m[3]]), line[m[4]:m[5]]
			if f.isForeign(i, key) {
				continue
			}
			verdict, text = mysqlURLModes[key](value), modeText(key, value)
		}
		f.reportJDBC(i, m[0], verdict, text)
	}
	if m := jdbcMode.FindStringSubmatchIndex(line); m != nil && f.systemOf(i) != otherSystem {
		mode := line[m[4]:m[5]]
		f.reportJDBC(i, m[0], mysqlMode(mode), modeText("sslmode", mode))
	}
}

// isForeign reports whether a setting that stands by itself is, or likely is, that of
// another system: useSSL can be of anything, and trustServerCertificate of SQL Server.
func (f *file) isForeign(i int, key string) bool {
	system := f.systemOf(i)
	if system != unknownSystem || key == "verifyservercertificate" {
		return system == otherSystem
	}
	if hasExtension(f.path, jvm) {
		return !containsAny(f.lower, jdbcWords)
	}
	// A configuration file has settings of many systems, and names each of them.
	return !hasExtension(f.path, code) || !containsAny(strings.ToLower(f.statement(i)), jdbcWords)
}

func (f *file) reportJDBC(i, column int, verdict connstr.Verdict, text string) {
	if verdict == connstr.Verified {
		return
	}
	level, host := f.gradeByStatement(i)
	if verdict == connstr.ChainOnly && host != connstr.RDSHost {
		level = min(level, Note) // a CA of one's own can be enough
	}
	f.report("RT132", level, i, column, host, text+" "+consequence[verdict])
}

// inURL reports whether what follows before belongs to a URL in it.
func inURL(before string) bool {
	begin := strings.LastIndex(before, "://")
	return begin >= 0 && !strings.ContainsAny(before[begin:], "\"'` <>")
}
