package rdsmysql

import (
	"errors"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// checkValues refuses what can hold a part of a password among the values that the
// server quotes in its errors: the user, the database, and the parameters of which
// the driver makes SET statements.
func checkValues(cfg *mysql.Config, hasPassword bool) error {
	switch {
	case !hasPassword && adapter.MayBeUserAndPassword(cfg.User):
		return valueError("user")
	case !hasPassword && strings.ContainsAny(cfg.DBName, ":/"):
		return valueError("database")
	case adapter.HoldsSecret(cfg.User) || strings.Contains(cfg.User, "://") || hasFlags(cfg.User):
		return valueError("user")
	case adapter.HoldsSecret(cfg.DBName) || adapter.HoldsAddress(cfg.DBName):
		return valueError("database")
	case strings.Trim(charsetOf(cfg), nameChars+",") != "":
		return valueError("charset")
	}
	for name, value := range cfg.Params {
		lower := strings.ToLower(name)
		switch why := reasonMisnamed(lower); {
		case why != "":
			return dsnError(why)
		case name == "" || strings.Trim(name, nameChars+".@`") != "":
			return dsnError("the name of a parameter holds a character that no name has; " + form)
		case adapter.HoldsSecret(value) || hasOpenQuote(value):
			return valueError(lower)
		}
	}
	return nil
}

const nameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// hasOpenQuote reports whether a value cannot be SQL.
func hasOpenQuote(value string) bool {
	for _, quote := range [...]string{"'", `"`, "`"} {
		if strings.Count(value, quote)%2 == 1 {
			return true
		}
	}
	return false
}

// hasFlags reports whether s looks like arguments of the program mysql.
func hasFlags(s string) bool { return strings.HasPrefix(s, "-u") || strings.Contains(s, " -p") }

// charsetOf returns the charset of cfg, which has no field of its own.
func charsetOf(cfg *mysql.Config) string {
	own := cfg.Clone()
	own.User, own.Passwd, own.Addr, own.DBName = "", "", "", "" // a DSN escapes some of them only
	_, query, _ := strings.Cut(own.FormatDSN(), "?")
	for param := range strings.SplitSeq(query, "&") {
		if value, ok := strings.CutPrefix(param, "charset="); ok {
			return value // as the driver has it
		}
	}
	return ""
}

var errNotOneValue = errors.New("it holds another setting or an address; " + form + "?name=value&name=value, and the value is not shown, as it can hold a password")

func valueError(setting string) error {
	return &rdstls.ConfigError{Setting: setting, Err: errNotOneValue}
}
