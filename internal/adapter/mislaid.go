package adapter

import (
	"net/url"
	"slices"
	"strings"
)

// Spaces are the characters around and between settings.
const Spaces = " \t\n\r\v\f"

// lookalike returns the character of a setting for one that people type, or paste,
// in its place.
func lookalike(r rune) rune {
	const typed, meant = "＝：；？＆＠\u00a0аеорсхѕ", "=:;?&@ aeopcxs" // the letters are Cyrillic
	if r < 0x80 {
		return r
	}
	n := 0
	for _, t := range typed {
		if t == r {
			return rune(meant[n])
		}
		n++
	}
	return r
}

// normalize returns s in lower case, percent-decoded, and with the characters of a
// setting in place of others that look the same.
func normalize(s string) string {
	if decoded, err := url.PathUnescape(s); err == nil {
		s = decoded
	}
	return strings.Map(lookalike, strings.ToLower(s))
}

// Assigned returns the names, in lower case, before an equals sign in s.
func Assigned(s string) []string { return namesBefore(normalize(s), "=") }

func namesBefore(s, sign string) []string {
	parts := strings.Split(s, sign)
	var names []string
	for _, part := range parts[:len(parts)-1] {
		part = strings.TrimRight(part, Spaces+`"'`)
		names = append(names, part[strings.LastIndexFunc(part, IsNoNameRune)+1:])
	}
	return names
}

// IsNoNameRune reports whether no name of a setting holds r.
func IsNoNameRune(r rune) bool {
	return r < 0x80 && r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// AssignsSecret reports whether a value holds a password behind a name and an equals
// sign, or an IAM token.
func AssignsSecret(value string) bool {
	return slices.ContainsFunc(Assigned(value), IsSecretName) || IsToken(normalize(value))
}

// IsToken reports whether s, in lower case, holds the signature or key of an IAM token.
func IsToken(s string) bool {
	return strings.Contains(s, "x-amz-signature") || strings.Contains(s, "x-amz-credential") || strings.Contains(s, "x-amz-security-token")
}

// HoldsSecret also looks for a name and a colon.
func HoldsSecret(value string) bool {
	return AssignsSecret(value) || slices.ContainsFunc(namesBefore(normalize(value), ":"), IsSecretName)
}

// IsSecretName reports whether a name, in lower case, is one that people give to
// passwords. Names with a dot are the program's own parameters.
func IsSecretName(name string) bool {
	switch name {
	case "pass", "passcode", "pw", "pswd", "passwort":
		return true
	}
	for _, suffix := range [...]string{"password", "passwd", "pwd", "passphrase"} {
		if strings.HasSuffix(name, suffix) && !strings.Contains(name, ".") {
			return true
		}
	}
	return false
}

// withoutPrincipal cuts the service and host of a Kerberos principal,
// service/host@REALM.
func withoutPrincipal(name string) string {
	before, realm, ok := strings.Cut(name, "@")
	if service, host, found := strings.Cut(before, "/"); ok && found && strings.Contains(realm, ".") {
		return service + host
	}
	return name
}

// MayBeUserAndPassword reports whether a user, or the name of a database, of a
// configuration without a password may be both, with a character between them that the
// driver does not expect there. Where there is a password, it can be a part of a name.
func MayBeUserAndPassword(name string) bool {
	return strings.ContainsAny(withoutPrincipal(normalize(name)), ":;/")
}

// HoldsAddress reports whether a value looks like a URL or like user:password@host.
func HoldsAddress(value string) bool {
	value = normalize(value)
	i := strings.LastIndexByte(value, '@')
	return strings.Contains(value, "://") || i > 0 && strings.Contains(value[:i], ":")
}
