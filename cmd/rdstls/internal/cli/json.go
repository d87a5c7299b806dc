package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON writes v to r.Out as one indented document. Characters that a terminal or
// a reader could take for something else are escaped, so that printing it is safe.
func (r *Run) JSON(v any) error {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	if err := e.Encode(v); err != nil {
		return err
	}
	escapeJSON(r.Out, b.Bytes())
	return nil
}

// escapeJSON copies a JSON text and escapes what is not printable. Such
// characters are found only in strings, except for the line breaks of the text
// itself: encoding/json escapes those of strings.
func escapeJSON(to *bytes.Buffer, text []byte) {
	for len(text) > 0 {
		r, size := utf8.DecodeRune(text)
		switch {
		case r == '\n' || strconv.IsPrint(r):
			to.Write(text[:size])
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(to, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(to, `\u%04x`, r)
		}
		text = text[size:]
	}
}
