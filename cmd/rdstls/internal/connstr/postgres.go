package connstr

import (
	"errors"
	"strings"
)

var errMalformed = errors.New("malformed connection string")

// IsPostgresURL reports whether pgx and lib/pq take s for a URL. They compare the
// scheme with its case: POSTGRES:// is a key to them, or an error.
func IsPostgresURL(s string) bool {
	return strings.HasPrefix(s, "postgres://") || strings.HasPrefix(s, "postgresql://")
}

// ParsePostgres parses a connection string for pgx, lib/pq or libpq. Errors do not
// quote it.
func ParsePostgres(s string) (Conn, error) {
	parse := parseKeyValue
	if IsPostgresURL(s) {
		parse = parsePostgresURL
	}
	settings, unknown, ignored, err := parse(s)
	if err != nil {
		return Conn{}, err
	}
	if unknown && settings["host"] == "" {
		settings["host"] = Hole
	}
	c := Conn{
		Hosts:    strings.Split(settings["host"], ","),
		Mode:     settings["sslmode"],
		RootCert: settings["sslrootcert"],
		Direct:   settings["sslnegotiation"] == "direct",
		Unknown:  unknown,
		Ignored:  ignored,
	}
	if c.Ignored == "" && strings.ToLower(c.Mode) != c.Mode {
		c.Ignored = "sslmode is in upper case"
	}
	return c, nil
}

// parsePostgresURL follows pgx's parser (pgx v5.12.0, pgconn/parse_url.go), which
// follows libpq's.
func parsePostgresURL(s string) (settings map[string]string, unknown bool, ignored string, err error) {
	_, rest, _ := strings.Cut(s, "://")
	if i := strings.IndexAny(rest, "@/"); i >= 0 && rest[i] == '@' {
		rest = rest[i+1:]
	}
	settings = map[string]string{}
	hosts, rest, err := cutHosts(rest)
	if err != nil {
		return nil, false, "", err
	}
	if settings["host"], err = uriDecode(hosts); err != nil {
		return nil, false, "", err
	}
	path, query, hasQuery := strings.Cut(rest, "?")
	if !hasQuery {
		// The second of two holes is seldom a part of the database's name.
		return settings, strings.Count(path, Hole) > 1 || hosts == Hole && path == "", "", nil
	}
	unknown, ignored, err = addQuery(settings, query)
	return settings, unknown, ignored, err
}

// cutHosts cuts the list of host:port from the rest of a URL and drops the ports.
func cutHosts(s string) (hosts, rest string, err error) {
	var list []string
	for {
		host := s
		if strings.HasPrefix(s, "[") {
			end := strings.IndexByte(s, ']')
			if end < 2 {
				return "", "", errMalformed
			}
			host, s = s[1:end], s[end+1:]
			if s != "" && !strings.ContainsRune(":/?,", rune(s[0])) {
				return "", "", errMalformed
			}
		} else {
			end := indexAny(s, ":/?,")
			host, s = s[:end], s[end:]
		}
		if strings.HasPrefix(s, ":") {
			s = s[indexAny(s, "/?,"):]
		}
		list = append(list, host)
		if !strings.HasPrefix(s, ",") {
			return strings.Join(list, ","), s, nil
		}
		s = s[1:]
	}
}

// indexAny is strings.IndexAny, with the length for "not found".
func indexAny(s, chars string) int {
	if i := strings.IndexAny(s, chars); i >= 0 {
		return i
	}
	return len(s)
}

// addQuery adds the parameters of a URL to settings. The last one of a name wins.
func addQuery(settings map[string]string, query string) (unknown bool, ignored string, err error) {
	modes, aliasLast := 0, false
	for query != "" {
		var pair string
		pair, query, _ = strings.Cut(query, "&")
		rawKey, rawValue, found := strings.Cut(pair, "=")
		if HasHole(rawKey) || !found && pair == Hole {
			unknown = true // the hole can be a whole parameter
			continue
		}
		if !found || strings.Contains(rawValue, "=") {
			return false, "", errMalformed
		}
		key, keyErr := uriDecode(rawKey)
		value, valueErr := uriDecode(rawValue)
		if keyErr != nil || valueErr != nil {
			return false, "", errMalformed
		}
		switch key {
		case "ssl":
			aliasLast = true
		case "sslmode":
			aliasLast = false
			modes++
		}
		settings[key] = value
	}
	alias := settings["ssl"] == "true"
	if alias && aliasLast {
		settings["sslmode"] = "require" // pgx's and lib/pq's alias, as JDBC has it
	}
	if modes > 1 || modes == 1 && alias {
		ignored = "sslmode is given twice: the last one counts"
	}
	return unknown, ignored, nil
}
