package rdspgx

import (
	"net/url"
	"strings"

	"github.com/rdstls/go/internal/adapter"
)

const (
	encodeHint = `percent-encode the password: "@" is %40, "/" is %2F, "?" is %3F, "%" is %25 and a space is %20`
	schemeHint = "a URL starts with postgres:// or postgresql://, and any other string has the form " +
		"host=… user=… password='…' dbname=…"
	quotes = "\"'`"
)

// checkConnString refuses a connection string in which a part of the password may
// stand where pgx reads a host, a database or a parameter. pgx and the server
// quote these in their errors.
//
// The host of a URL follows an at sign, and pgx takes the first one for that, or
// none after a slash (pgx v5.12.0, pgconn/parse_url.go). Any further at sign can
// therefore be the true one, with the rest of the password before it. Only the
// value of a known parameter may hold one.
func checkConnString(connString string) error {
	u, ok := cutURL(connString)
	switch {
	case !ok:
		return checkKeyValue(connString)
	case strings.Contains(u.hosts+u.path, "@") || hasStrayAt(u.query):
		return connStringError("the URL has an at sign outside the user and password; " + encodeHint)
	case strings.TrimRight(connString, "\r\n") != connString && !endsWithParameter(u.query):
		return connStringError("the URL ends with a line break, which pgx takes for a part of the last value; remove it")
	case endsWithStrayQuote(connString) && !endsWithPassword(u.query):
		return connStringError("the URL ends with a quote, which pgx takes for a part of the last value; remove it")
	case !isEncoded(u.userinfo):
		return connStringError("the user or the password of the URL holds a space or a bare percent sign; " + encodeHint)
	case hasQuery(u.userinfo):
		return connStringError("the URL has its parameters before an at sign; write host/name?parameters, " +
			"and an at sign in a parameter as %40")
	case hasMislaidName(queryPairs(u.query)):
		return connStringError("the URL has an unknown parameter after the password; " +
			`percent-encode the password ("&" is %26), or put that parameter first`)
	}
	return nil
}

// checkKeyValue refuses what pgx does not read as a URL but people write for one,
// and a parameter that can be the end of an unquoted password.
func checkKeyValue(connString string) error {
	pairs := keyValues(connString)
	text := strings.TrimLeft(connString, adapter.Spaces+"\"'`<\ufeff“”‘’")
	scheme, _, isURL := strings.Cut(text, "://")
	scheme = strings.ToLower(scheme)
	isURL = isURL && !strings.ContainsAny(scheme, "="+adapter.Spaces)
	for _, prefix := range [...]string{"//", "postgres:", "postgresql:"} {
		isURL = isURL || strings.HasPrefix(strings.ToLower(text), prefix)
	}
	switch {
	case isURL && text != connString:
		return connStringError("the scheme must be postgres:// or postgresql://; remove the space or quote before it")
	case isURL:
		return connStringError("the scheme must be postgres:// or postgresql://, in lower case and with nothing before it")
	case hasSemicolons(pairs):
		return connStringError("the settings must be separated by spaces, not by semicolons, and their names must be in lower case; " + schemeHint)
	case hasCurlyQuote(pairs, connString):
		return connStringError("a value begins with a typographic quote, which pgx takes for a part of it; write '…'")
	case hasMislaidName(pairs):
		return connStringError("the string has an unknown parameter after the password; " +
			`quote the password, as in password='…' with \' for a quote, or put that parameter first`)
	}
	return nil
}

// A connURL is a connection URL, cut as pgx cuts it. Nothing is decoded.
type connURL struct {
	userinfo string
	hosts    string // with their ports
	path     string // without the slash
	query    string
}

func cutURL(connString string) (u connURL, ok bool) {
	rest, ok := strings.CutPrefix(connString, "postgresql://")
	if !ok {
		rest, ok = strings.CutPrefix(connString, "postgres://")
	}
	if i := strings.IndexAny(rest, "@/"); i >= 0 && rest[i] == '@' {
		u.userinfo, rest = rest[:i], rest[i+1:]
	}
	end := hostsEnd(rest)
	u.hosts, rest = rest[:end], rest[end:]
	u.path, u.query, _ = strings.Cut(strings.TrimPrefix(rest, "/"), "?")
	return u, ok
}

// hostsEnd returns where the list of hosts at the beginning of s ends. Brackets
// at the beginning of a host can hold any character.
func hostsEnd(s string) int {
	for i := 0; i < len(s); i++ {
		if s[i] == '[' {
			end := strings.IndexByte(s[i:], ']')
			if end < 0 {
				return len(s)
			}
			i += end + 1
		}
		next := strings.IndexAny(s[i:], "/?,")
		if next < 0 {
			return len(s)
		}
		if i += next; s[i] != ',' {
			return i
		}
	}
	return len(s)
}

// endsWithStrayQuote reports whether a URL ends with a quote that was not opened in
// the same value. PostgreSQL itself reads quotes, as in search_path="Tenant".
func endsWithStrayQuote(s string) bool {
	ends := "/"
	if strings.Contains(s, "?") {
		ends = "?&"
	}
	last := s[strings.LastIndexAny(s, ends)+1:]
	return strings.TrimRight(last, quotes) != last && strings.Count(last, last[len(last)-1:])%2 == 1
}

// endsWithParameter reports whether the last value is one for the server, which
// ignores a line break.
func endsWithParameter(query string) bool {
	pairs := queryPairs(query)
	return query != "" && len(pairs) > 0 && !isDriverSetting(pairs[len(pairs)-1].name)
}

func endsWithPassword(query string) bool {
	pairs := queryPairs(query)
	return len(pairs) > 0 && adapter.IsSecretName(strings.ToLower(pairs[len(pairs)-1].name))
}

func hasStrayAt(query string) bool {
	for pair := range strings.SplitSeq(query, "&") {
		rawName, value, _ := strings.Cut(pair, "=")
		name, err := url.PathUnescape(strings.Trim(rawName, " "))
		if strings.Contains(rawName, "@") || strings.Contains(value, "@") && (err != nil || !isKnown(name)) {
			return true
		}
	}
	return false
}

// isEncoded reports whether pgx can decode s: it allows spaces only around it.
func isEncoded(s string) bool {
	_, err := url.PathUnescape(s)
	for part := range strings.SplitSeq(s, ":") {
		if strings.Contains(strings.Trim(part, " "), " ") {
			return false
		}
	}
	return err == nil && !strings.Contains(s, "%00")
}

// hasQuery reports whether userinfo holds the hosts and the query of a URL such as
// "postgres://host?password=p@ss". pgx takes a question mark in a password as it is,
// so only whole names of settings count.
func hasQuery(userinfo string) bool {
	_, query, _ := strings.Cut(userinfo, "?")
	for _, p := range queryPairs(query) {
		name := strings.ToLower(p.name)
		if adapter.IsSecretName(name) || isDriverSetting(name) || isParameter(name) {
			return true
		}
	}
	return false
}

// A pair is a setting of a connection string and its value, which is not decoded.
type pair struct {
	name, value string
	quoted      bool // between apostrophes
}

func queryPairs(query string) []pair {
	var pairs []pair
	for text := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(text, "=")
		if decoded, err := url.PathUnescape(strings.Trim(name, " ")); err == nil {
			pairs = append(pairs, pair{name: decoded, value: value})
		}
	}
	return pairs
}

// keyValues returns the settings of a key=value string in order, as pgx reads them
// (pgx v5.12.0, pgconn/config.go), up to the first mistake.
func keyValues(s string) []pair {
	var pairs []pair
	for {
		name, rest, ok := strings.Cut(s, "=")
		if name = strings.Trim(name, adapter.Spaces); !ok || strings.ContainsAny(name, adapter.Spaces) {
			return pairs
		}
		rest = strings.TrimLeft(rest, adapter.Spaces)
		ends := adapter.Spaces
		if strings.HasPrefix(rest, "'") {
			rest, ends = rest[1:], "'"
		}
		i := 0
		for i < len(rest) && !strings.Contains(ends, rest[i:i+1]) {
			if rest[i] == '\\' {
				i++
			}
			i++
		}
		pairs = append(pairs, pair{name, rest[:min(i, len(rest))], ends == "'"})
		s = rest[min(i+1, len(rest)):]
	}
}

// hasSemicolons reports whether the first value ends with further settings, as in
// "Host=db;Username=app". The value of a password may look like that.
func hasSemicolons(pairs []pair) bool {
	if len(pairs) == 0 || adapter.IsSecretName(strings.ToLower(pairs[0].name)) {
		return false
	}
	_, rest, ok := strings.Cut(pairs[0].value, ";")
	name, _, assigns := strings.Cut(rest, "=")
	name = strings.ToLower(strings.Trim(name, adapter.Spaces))
	return ok && assigns && (!pairs[0].quoted || pairs[0].name == "host") && (isDriverSetting(name) || adviceForName(name) != "" || adapter.IsSecretName(name))
}

// hasCurlyQuote reports whether a value is between typographic quotes and holds a
// space: to pgx, it ends there.
func hasCurlyQuote(pairs []pair, connString string) bool {
	for _, p := range pairs {
		for _, q := range [...][2]string{{"“", "”"}, {"‘", "’"}} {
			if !p.quoted && strings.HasPrefix(p.value, q[0]) && !strings.HasSuffix(p.value, q[1]) && strings.Contains(connString, q[1]) {
				return true
			}
		}
	}
	return false
}

// mayHoldPassword reports whether a value can hold a colon and a password: that of a
// setting for a name, or a URL.
func mayHoldPassword(name, value string) bool {
	switch name {
	case "user", "database", "dbname", "host", "port":
		return strings.Contains(value, ":")
	}
	_, rest, ok := strings.Cut(value, "://")
	return ok && strings.Contains(rest, ":")
}

// hasMislaidName reports whether an unknown name follows the password, or a value
// that can hold one. The rest of a password can look like a name: "password=a b=c"
// sets the parameter b.
func hasMislaidName(pairs []pair) bool {
	after := false
	for _, p := range pairs {
		if after && !isKnownAfterPassword(p.name) {
			return true
		}
		name := strings.ToLower(p.name)
		after = adapter.IsSecretName(name) || holdsSecret(name, p.value) || mayHoldPassword(name, p.value)
	}
	return false
}
