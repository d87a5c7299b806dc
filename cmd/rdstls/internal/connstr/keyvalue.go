package connstr

import "strings"

const space = " \t\n\r\v\f"

// parseKeyValue follows pgx's parser of key=value strings (pgx v5.12.0,
// pgconn/config.go, parseKeywordValueSettings). Like libpq, it skips spaces after
// an equals sign, so that an empty value takes the next word for its own.
func parseKeyValue(s string) (settings map[string]string, unknown bool, ignored string, err error) {
	settings = map[string]string{}
	modes := 0
	s = strings.TrimLeft(s, space)
	for s != "" {
		key, rest, found := strings.Cut(s, "=")
		if key, s, unknown = skipHoles(key, rest, found, unknown); key == "" && !found {
			break
		}
		key = strings.Trim(key, space)
		if !found || key == "" || strings.ContainsAny(key, space) {
			return nil, false, "", errMalformed
		}
		afterSpace := strings.HasPrefix(s, " ")
		var value string
		if value, s, err = cutValue(strings.TrimLeft(s, space)); err != nil {
			return nil, false, "", err
		}
		if key == "sslmode" {
			modes++
		}
		if afterSpace && strings.Contains(value, "=") {
			ignored = "the value of " + printable(key) + " is empty, so it takes the next word for its own"
		}
		settings[key] = value
	}
	if modes > 1 && ignored == "" {
		ignored = "sslmode is given twice: the last one counts"
	}
	return settings, unknown, ignored, nil
}

// skipHoles drops holes that stand where a whole "key=value" can stand.
func skipHoles(key, rest string, found, unknown bool) (string, string, bool) {
	if !HasHole(key) {
		return key, rest, unknown
	}
	words := strings.Fields(key)
	last := ""
	if found && len(words) > 0 && !strings.HasSuffix(key, " ") && !HasHole(words[len(words)-1]) {
		last = words[len(words)-1]
	} else if found {
		last = "unknown" // a key that is a hole itself
	}
	return last, rest, true
}

// cutValue cuts one value, quoted or not, from the beginning of s.
func cutValue(s string) (value, rest string, err error) {
	quoted := strings.HasPrefix(s, "'")
	if quoted {
		s = s[1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\'', !quoted && strings.IndexByte(space, s[i]) >= 0:
			return b.String(), strings.TrimLeft(s[i+1:], space), nil
		case s[i] == '\\':
			i++
			if i == len(s) {
				break
			}
			b.WriteByte(s[i])
		default:
			b.WriteByte(s[i])
		}
	}
	if quoted {
		return "", "", errMalformed
	}
	return b.String(), "", nil
}

// printable returns a key that may be shown: those of libpq are of these letters,
// and anything else can be a part of a password.
func printable(key string) string {
	if strings.Trim(key, "abcdefghijklmnopqrstuvwxyz_") == "" && len(key) <= 30 && isKnownKey(key) {
		return key
	}
	return "a setting"
}

func isKnownKey(key string) bool {
	for _, known := range [...]string{"host", "port", "user", "password", "dbname", "sslmode", "sslrootcert", "sslcert", "sslkey", "application_name", "connect_timeout", "options"} {
		if key == known {
			return true
		}
	}
	return false
}
