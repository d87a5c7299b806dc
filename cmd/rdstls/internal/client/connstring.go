package client

import (
	"net/url"
	"regexp"
	"strings"
)

// databaseURL finds URLs that database programs and libraries take for a
// connection string: postgres://, mysql+pymysql://, jdbc:postgresql://.
var databaseURL = regexp.MustCompile(`(?i)^(jdbc:)?(postgres|postgresql|mysql|mysqlx|mariadb|pgx|pgx5)(\+\w+)?:(//|[^/])`)

// goDSN finds the DSN of go-sql-driver/mysql.
var goDSN = regexp.MustCompile(`(?i)@(tcp|tcp4|tcp6|unix)?\(`)

// keyword finds the settings of a connection string that lead to another server or
// change how it is verified (PostgreSQL docs, "Parameter Key Words"). A setting
// can follow the quote that ends the one before it.
var keyword = regexp.MustCompile(`(?i)(^|[\s\v;'"])(host|hostaddr|server|data source|service|servicefile|\w*(ssl|tls)\w*|gssencmode|password|pwd)\s*=`)

// keyValue finds the beginning of a libpq connection string, and severalKeyValues
// one of two settings or more, also in the form of ADO.NET ("SSL Mode=x;Host=y").
var (
	keyValue         = regexp.MustCompile(`^[\s\v]*[a-zA-Z_]+[\s\v]*=`)
	severalKeyValues = regexp.MustCompile(`^[\s\v]*[a-zA-Z_]+( [a-zA-Z]+)?[\s\v]*=.*[\s\v;'"][a-zA-Z_]+[\s\v]*=`)
)

func looksLikeConnString(s string) bool {
	return databaseURL.MatchString(s) || keyValue.MatchString(s)
}

// checkConnString refuses a connection string that names a host, TLS settings or
// a password. libpq takes one in place of a database name. To a program that is
// none of the known ones, "host=x" by itself can mean anything.
func checkConnString(family Family, s string) error {
	switch {
	case databaseURL.MatchString(s):
		return checkURL(s)
	case goDSN.MatchString(s):
		return errArgHost
	case severalKeyValues.MatchString(s), family == Libpq && keyValue.MatchString(s):
		return checkKeyword(s)
	}
	return nil
}

func checkKeyword(s string) error {
	match := keyword.FindStringSubmatch(s)
	if match == nil {
		return nil
	}
	switch name := strings.ToLower(match[2]); {
	case strings.Contains(name, "ssl"), strings.Contains(name, "tls"), name == "gssencmode":
		return errArgTLS
	case name == "password", name == "pwd":
		return errArgPassword
	}
	return errArgHost
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
	settings, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return errArgHost // libpq may read what this parser does not
	}
	for name := range settings {
		if err := checkKeyword(name + "="); err != nil {
			return err
		}
	}
	return nil
}
