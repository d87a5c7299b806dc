// Package untrusted makes text that a server, a certificate or an attacker wrote
// safe to show.
package untrusted

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// Name is how many characters of a name are shown. No host name is longer than 253.
const Name = 256

// Text returns s with everything escaped that a terminal or a reader could take
// for something else: control characters, terminal sequences, bidirectional
// marks, invisible characters and bytes that are not UTF-8. The backslash is
// escaped too, so that nobody can write an escape sequence of ours. The result has at
// most limit characters, and ends in "…" if that cut something off.
func Text(s string, limit int) string { return cut(s, limit, `\\`) }

// Line is [Text] for a sentence of ours, or of a library, that quotes such text:
// it leaves the backslash alone, because what is quoted may be escaped already.
func Line(s string, limit int) string { return cut(s, limit, `\`) }

func cut(s string, limit int, backslash string) string {
	var b strings.Builder
	n := 0
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		piece := escape(r, s[i:i+size])
		if r == '\\' {
			piece = backslash
		}
		length := utf8.RuneCountInString(piece)
		rest := 0
		if i+size < len(s) {
			rest = 1 // for the "…"
		}
		if n+length+rest > limit {
			b.WriteString("…")
			return b.String()
		}
		b.WriteString(piece)
		n += length
		i += size
	}
	return b.String()
}

// Texts returns at most count of the strings, each as [Text] shows it. If it
// left some out, the last string says so.
func Texts(list []string, count, limit int) []string {
	shown := make([]string, 0, min(len(list), count))
	for i, s := range list {
		if i == count {
			return append(shown, "… and "+strconv.Itoa(len(list)-count)+" more")
		}
		shown = append(shown, Text(s, limit))
	}
	return shown
}

// escape returns r as it is shown.
func escape(r rune, raw string) string {
	switch {
	case r == utf8.RuneError && len(raw) == 1:
		return `\x` + string("0123456789abcdef"[raw[0]>>4]) + string("0123456789abcdef"[raw[0]&15])
	case strconv.IsPrint(r):
		return raw
	}
	quoted := strconv.QuoteRune(r)
	return quoted[1 : len(quoted)-1]
}
