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
		return &rdstls.ConfigError{Setting: "user", Err: errNoPassword}
	case !hasPassword && strings.Contains(cfg.DBName, ":"):
		return &rdstls.ConfigError{Setting: "database", Err: errNoPassword}
	case adapter.HoldsSecret(cfg.User) || strings.Contains(cfg.User, "://") || hasFlags(cfg.User):
		return valueError("user")
	case adapter.HoldsSecret(cfg.DBName) || adapter.HoldsAddress(cfg.DBName):
		return valueError("database")
	case !isCharsets(charsetOf(cfg)):
		return valueError("charset")
	}
	for name, value := range cfg.Params {
		name = variable(name)
		own := strings.HasPrefix(name, "@") // a variable of the program, whose value can be anything
		switch why := reasonMisnamed(name); {
		case why != "" && !own:
			return dsnError(why)
		case name == "" || strings.Trim(name, nameChars+".@`$") != "":
			return dsnError("the name of a parameter holds a character that no name has; " + form)
		case adapter.AssignsSecret(value) || adapter.HoldsSecret(value) && !own || hasOpenQuote(value):
			return valueError(name)
		}
	}
	return nil
}

const nameChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"

// variable returns the name, in lower case, of the variable that the driver sets for
// a parameter.
func variable(name string) string {
	name = strings.TrimSpace(strings.ToLower(name))
	for _, scope := range [...]string{"session ", "local ", "global "} {
		name = strings.TrimPrefix(name, scope)
	}
	return name
}

// isCharsets reports whether value is what the driver can put behind SET NAMES.
func isCharsets(value string) bool {
	for part := range strings.SplitSeq(value, ",") {
		words := strings.Fields(part)
		if len(words) > 1 && (len(words) != 3 || !strings.EqualFold(words[1], "COLLATE")) {
			return false
		}
		for _, w := range words {
			if strings.Trim(strings.Trim(w, `'"`), nameChars) != "" {
				return false
			}
		}
	}
	return true
}

// hasOpenQuote reports whether a value cannot be SQL, because a string does not end.
func hasOpenQuote(value string) bool {
	var open byte
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\' && open != 0:
			i++
		case open == 0 && (c == '\'' || c == '"' || c == '`'):
			open = c
		case c == open:
			open = 0
		}
	}
	return open != 0
}

// hasFlags reports whether s looks like arguments of the program mysql.
func hasFlags(s string) bool { return strings.HasPrefix(s, "-") && strings.Contains(s, " -p") }

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

var errNoPassword = errors.New("it has a character that separates a user from a password, and there is no password; " +
	"if it is all one name, set the password, or Options.Password, before Configure")

func valueError(setting string) error {
	return &rdstls.ConfigError{Setting: setting, Err: errNotOneValue}
}
