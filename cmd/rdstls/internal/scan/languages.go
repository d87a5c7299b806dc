package scan

import (
	"regexp"
	"strings"

	"github.com/rdstls/go/cmd/rdstls/internal/connstr"
)

var (
	// optionMode finds sslmode as the value of an option: helm has --set too.
	optionMode  = regexp.MustCompile(`(?:^|\s)["']?(?:-v|--set|--variable)(?:[ =]|["'],\s*)["']?sslmode=`)
	psqlProgram = regexp.MustCompile(`\b(?:psql|pg_dump|pg_restore)\b`)
)

// judgePsqlVariable is RT130.
func judgePsqlVariable(f *file, i int, line string) {
	m := optionMode.FindStringIndex(line)
	if m == nil {
		return
	}
	command := line
	if begin := strings.TrimLeft(line, " \t"); begin[0] == '-' || begin[0] == '"' || begin[0] == '\'' { // the program is on a line above
		command = f.statement(i)
	}
	if psqlProgram.MatchString(command) {
		level, host := f.gradeByStatement(i)
		f.report("RT130", level, i, m[0], host,
			"psql -v and --set make a variable, not a setting of the connection: it stays as it was. Set PGSSLMODE, or write sslmode into the connection string")
	}
}

var nodeSetting = regexp.MustCompile(`(?i)\b(rejectUnauthorized)\b["']?\s*[:=]\s*(?:false|0)\b|\b(NODE_TLS_REJECT_UNAUTHORIZED)\b["']?\]?\s*[:=]\s*["']?0\b`)

var (
	nodeMode  = regexp.MustCompile(`\bssl: ["'](require|prefer|allow)["']`) // of postgres.js
	httpAgent = regexp.MustCompile(`(?i)\bagent\(|axios`)
)

// judgeNode is RT133.
func judgeNode(f *file, i int, line string) {
	if !f.hasDBClient && !f.hasRDSHost && f.systemOf(i) != databaseSystem {
		return
	}
	if m := nodeMode.FindStringSubmatchIndex(line); m != nil && strings.Contains(f.lower, "postgres(") {
		level, host := f.gradeByStatement(i)
		f.report("RT133", level, i, m[0], host, modeText("ssl", line[m[2]:m[3]])+" "+consequence[mysqlMode(line[m[2]:m[3]])])
	}
	m := nodeSetting.FindStringSubmatchIndex(line)
	if m == nil || httpAgent.MatchString(strings.Join(f.lines[max(0, i-1):i+1], " ")) || m[2] >= 0 && f.systemOf(i) == otherSystem {
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
	mysqlOption  = regexp.MustCompile(`(?i)--ssl[-_]mode[= ](required|preferred|disabled|verify_ca)\b|--((?:skip|disable)[-_]ssl(?:[-_]verify[-_]server[-_]cert)?|ssl=(?:0|off|false))\b|\b(ssl_disabled)\s*=\s*True\b|^\s*(skip[-_]ssl)\s*$`)
	mysqlProgram = regexp.MustCompile("(?:^|[\\s\"'`([;|&]|bin/)(?:mysql|mysqldump|mysqladmin|mysqlimport|mysqlcheck|mariadb|mariadb-dump|mariadb-admin)(?:[\\s\"'`),;|&\\\\]|$)")
	// nameOfServer finds keys of YAML with a server's name, and no command, as their value.
	nameOfServer = regexp.MustCompile(`^\s*-?\s*["']?(?:image|\w*name|service\w*|host\w*|app|type|engine|dialect)["']?\s*:`)
	hostOption   = regexp.MustCompile(`(?:\s-h\s*|--host[= ])["']?([^\s"']+)`)
)

// judgeMySQLOptions is RT134.
func judgeMySQLOptions(f *file, i int, line string) {
	m := mysqlOption.FindStringSubmatchIndex(line)
	if m == nil || m[8] >= 0 && !f.isClientOption(i) || m[8] < 0 && m[6] < 0 && !f.runsMySQL(i) {
		return
	}
	level, host := f.gradeByStatement(i)
	if m[8] >= 0 {
		host = f.hostFor(i, "")
		level = f.levelOf(host)
	}
	if option := hostOption.FindStringSubmatch(f.command(i)); option != nil {
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
	case m[4] >= 0 && strings.HasSuffix(strings.ToLower(line[m[4]:m[5]]), "cert"):
		verdict, text = connstr.Unverified, "without ssl-verify-server-cert, the client"
	}
	if verdict == connstr.ChainOnly && host != connstr.RDSHost {
		level = min(level, Note) // a CA of one's own can be enough
	}
	f.report("RT134", level, i, m[0], host, text+" "+consequence[verdict])
}

// command returns line i with the lines that continue it, or its statement if the
// program stands on another line.
func (f *file) command(i int) string {
	continues := func(at int) bool { return strings.HasSuffix(strings.TrimRight(f.lines[at], " \t"), `\`) }
	first, last := i, i
	for first > 0 && i-first < maxNest && continues(first-1) {
		first--
	}
	for last+1 < len(f.lines) && last-i < maxNest && continues(last) {
		last++
	}
	if command := strings.Join(f.lines[first:last+1], "\n"); mysqlProgram.MatchString(command) {
		return command
	}
	return f.statement(i)
}

// runsMySQL reports whether the option on line i is given to a program that connects:
// the server has options of the same names. In YAML, what comes after it is another
// command.
func (f *file) runsMySQL(i int) bool {
	first, last := f.bounds(i)
	if hasExtension(f.path, []string{".yaml", ".yml"}) {
		last = i
	}
	for _, line := range f.lines[first : last+1] {
		if mysqlProgram.MatchString(line) && !nameOfServer.MatchString(line) {
			return true
		}
	}
	return false
}

var clientSection = regexp.MustCompile(`(?i)^\s*\[(?:client|mysql(?:dump|admin|import|check)?|mariadb(?:-client|-dump|-admin)?)\]`)

// isClientOption reports whether line i is in the section of a client in an option file.
func (f *file) isClientOption(i int) bool {
	return hasExtension(f.path, optionFiles) && clientSection.MatchString(f.section(i))
}

var (
	optionFiles   = []string{".cnf", ".ini"}
	serverSection = regexp.MustCompile(`(?i)^\s*\[(?:mysqld|mariadbd?|server|galera)\b`)
)

// isServerOption reports whether line i is in the section of a server there.
func (f *file) isServerOption(i int) bool {
	return hasExtension(f.path, optionFiles) && serverSection.MatchString(f.section(i)) && !clientSection.MatchString(f.section(i))
}

// section returns the line that begins the section of line i.
func (f *file) section(i int) string {
	for i >= 0 && !strings.HasPrefix(strings.TrimSpace(f.lines[i]), "[") {
		i--
	}
	if i < 0 {
		return ""
	}
	return f.lines[i]
}
