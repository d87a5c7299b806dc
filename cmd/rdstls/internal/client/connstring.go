package client

import (
	"net/url"
	"regexp"
	"strings"
)

// databaseURL finds URLs that database programs and libraries take for a
// connection string: postgres://, mysql+pymysql://, jdbc:postgresql://.
var databaseURL = regexp.MustCompile(`(?i)^(jdbc:)?(postgres|postgresql|mysql|mariadb|pgx|pgx5)(\+\w+)?:(//|[^/])`)

// keyword finds the settings of a libpq connection string that lead to another
// server or change how it is verified (PostgreSQL docs, "Parameter Key Words").
var keyword = regexp.MustCompile(`(?i)(^|\s)(host|hostaddr|service|servicefile|requiressl|ssl\w*|gssencmode|password)\s*=`)

// keyValue finds the beginning of a libpq connection string, and severalKeyValues
// one of two settings or more.
var (
	keyValue         = regexp.MustCompile(`^\s*[a-zA-Z_]+\s*=`)
	severalKeyValues = regexp.MustCompile(`^\s*[a-zA-Z_]+\s*=.*\s[a-zA-Z_]+\s*=`)
)

func looksLikeConnString(s string) bool {
	return databaseURL.MatchString(s) || keyValue.MatchString(s)
}

// checkConnString refuses a connection string that names a host, TLS settings or
// a password. libpq takes one in place of a database name. To a program that is
// none of the known ones, "host=x" alone can mean anything.
func checkConnString(family Family, s string) error {
	if databaseURL.MatchString(s) {
		return checkURL(s)
	}
	if !keyValue.MatchString(s) || family == Other && !severalKeyValues.MatchString(s) {
		return nil
	}
	match := keyword.FindStringSubmatch(s)
	if match == nil {
		return nil
	}
	switch name := strings.ToLower(match[2]); {
	case strings.HasPrefix(name, "host") || strings.HasPrefix(name, "service"):
		return errArgHost
	case name == "password":
		return errArgPassword
	}
	return errArgTLS
}

func checkURL(s string) error {
	s = strings.TrimPrefix(strings.ToLower(s), "jdbc:")
	u, err := url.Parse(s)
	if err != nil || u.Host != "" || u.Opaque != "" {
		return errArgHost
	}
	if _, ok := u.User.Password(); ok {
		return errArgPassword
	}
	for name := range u.Query() {
		if err := checkConnString(Libpq, name+"="); err != nil {
			return err
		}
	}
	return nil
}
