package rdspgx

import (
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/rdstls/go/internal/adapter"
)

// checkValues refuses what can hold a part of a password among the values that
// pgx and the server quote in their errors, wherever they come from. With
// "user= password=secret", pgx takes the next word for the user, as libpq does.
func checkValues(cfg *pgx.ConnConfig, hasPassword bool) error {
	if !hasPassword && adapter.MayBeUserAndPassword(cfg.User) {
		return noPasswordError(cfg, "user")
	}
	if !hasPassword && strings.Contains(cfg.Database, ":") {
		return noPasswordError(cfg, "database")
	}
	for _, v := range [...]struct{ setting, value string }{
		{"user", cfg.User}, {"database", cfg.Database}, {"sslnegotiation", cfg.SSLNegotiation},
	} {
		if holdsSetting(v.value) || adapter.HoldsAddress(v.value) || isPassfileLine(v.value) {
			return valueError(cfg, v.setting)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(cfg.RuntimeParams)) {
		lower, value := strings.ToLower(name), cfg.RuntimeParams[name]
		advice := adviceForName(lower)
		switch {
		case advice != "":
			return connStringError(advice)
		case !isName(name):
			return connStringError("the name of a parameter holds a character that no name has; " + schemeHint)
		case lower != name && isDriverSetting(lower):
			return connStringError("the name of the setting " + lower + " must be in lower case")
		case isMistypedPassword(lower):
			return connStringError(`the password has another name; pgx calls that setting "password", in lower case`)
		case holdsSecret(lower, value) || holdsURL(value):
			return valueError(cfg, name)
		}
	}
	return nil
}

// isName reports whether PostgreSQL allows the name of a parameter. A hyphen is for
// those of an extension or of the program, up to PostgreSQL 13. Letters beyond ASCII,
// which PostgreSQL allows, are more often a mistake.
func isName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool {
		return r >= 0x80 || adapter.IsNoNameRune(r) && r != '$' && (r != '-' || !strings.Contains(name, "."))
	})
}

func valueError(cfg *pgx.ConnConfig, setting string) error {
	return connStringError("the value of " + setting + " holds another setting or an address; " +
		"look for a value that is empty, unquoted or not percent-encoded" + origin(cfg.ConnString(), setting))
}

func noPasswordError(cfg *pgx.ConnConfig, setting string) error {
	return connStringError("the value of " + setting + " has a character that separates a user from a password, and there is no password; " +
		"if it is all one name, set the password, or Options.Password, before Configure" + origin(cfg.ConnString(), setting))
}

func holdsSetting(value string) bool {
	return slices.ContainsFunc(adapter.Assigned(value), func(name string) bool {
		return isKnown(name) && !strings.Contains(name, ".")
	}) || adapter.HoldsSecret(value)
}

// isPassfileLine reports whether value may be host:port:database:user:password, the
// form of a line in PostgreSQL's password file.
func isPassfileLine(value string) bool {
	parts := strings.Split(value, ":")
	return len(parts) > 3 && slices.ContainsFunc(parts, func(p string) bool { return p != "" && strings.Trim(p, "0123456789") == "" })
}

// holdsSecret reports whether the value of a parameter holds a password. The server
// takes any application_name and any value of the program's own parameters, and a
// name and a colon can be ordinary there.
func holdsSecret(name, value string) bool {
	switch {
	case name == "application_name":
		lower := strings.ToLower(value)
		return adapter.IsToken(lower) || slices.ContainsFunc(adapter.Assigned(value), func(assigned string) bool {
			return strings.HasSuffix(assigned, "password") || strings.HasSuffix(assigned, "passwd") ||
				adapter.IsSecretName(assigned) && strings.HasPrefix(lower, assigned)
		})
	case strings.Contains(name, "."):
		return adapter.AssignsSecret(value)
	}
	return adapter.HoldsSecret(value)
}

// holdsURL reports whether a value holds a URL with a password. Other URLs are
// ordinary: people put those of their jobs into application_name.
func holdsURL(value string) bool {
	scheme, rest, ok := strings.Cut(value, "://")
	userinfo, _, hasAt := strings.Cut(rest, "@")
	if !ok || !hasAt {
		return false
	}
	scheme = strings.ToLower(scheme)
	return strings.HasSuffix(scheme, "postgres") || strings.HasSuffix(scheme, "postgresql") ||
		strings.Contains(userinfo, ":") && !strings.Contains(userinfo, "/")
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}
