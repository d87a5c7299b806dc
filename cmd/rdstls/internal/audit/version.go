package audit

import (
	"strconv"
	"strings"
)

// number is the part of an engine version that defaults depend on.
type number struct {
	major, minor int
	ok           bool
}

// engineVersion reads "14.12", "8.4.7", "16.00.4085.2.v1" and
// "8.0.mysql_aurora.3.05.2", which is Aurora MySQL 3, compatible with 8.0.
func engineVersion(text string) number {
	parts := strings.Split(text, ".")
	major, ok := digits(parts[0])
	minor := 0
	if len(parts) > 1 {
		// "10a" and "4-limitless" end in something else.
		end := strings.IndexFunc(parts[1]+" ", func(r rune) bool { return r < '0' || r > '9' })
		if minor, ok = digits(parts[1][:end]); !ok {
			return number{}
		}
	}
	return number{major, minor, ok}
}

func digits(text string) (int, bool) {
	if len(text) == 0 || len(text) > 4 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

func (n number) before(major, minor int) bool {
	return n.major < major || n.major == major && n.minor < minor
}

func (n number) after(major, minor int) bool {
	return n.major > major || n.major == major && n.minor > minor
}

func (n number) String() string {
	if !n.ok {
		return "of unknown version"
	}
	return strconv.Itoa(n.major) + "." + strconv.Itoa(n.minor)
}
