package report

import (
	"html"
	"strconv"
	"strings"
)

// A markup builds a page. It stands in for html/template, which calls methods by
// names that the linker cannot know: with it, every method of the AWS SDK stays in
// the binary, six megabytes.
type markup struct{ strings.Builder }

// raw is text that is markup already.
type raw string

// lines is text whose line breaks stay. It must not come from outside unescaped:
// commands quote what they hold.
type lines string

// write writes format with the next of values for each "{}": numbers, and text,
// which is escaped for an element or a quoted attribute unless it is raw.
func (m *markup) write(format string, values ...any) {
	parts := strings.Split(format, "{}")
	if len(parts) != len(values)+1 {
		panic("report: BUG: not as many values as places in " + format)
	}
	for i, part := range parts {
		m.WriteString(part)
		if i == len(values) {
			break
		}
		switch v := values[i].(type) { //nolint:gosec // as many as there are parts, less one
		case raw:
			m.WriteString(string(v))
		case lines:
			m.WriteString(html.EscapeString(string(v)))
		case string:
			m.WriteString(html.EscapeString(safe(v)))
		case int:
			m.WriteString(strconv.Itoa(v))
		default:
			panic("report: BUG: a value of another type")
		}
	}
}

// breaks lets a long name break behind its hyphens and dots only.
func breaks(text string) raw {
	return raw(strings.NewReplacer("-", "-<wbr>", ".", ".<wbr>").Replace(html.EscapeString(safe(text))))
}
