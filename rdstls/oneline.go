package rdstls

import (
	"fmt"
	"strconv"
	"strings"
)

// maxText bounds the text of an error, in bytes. A HostnameError about an Aurora
// instance, whose certificate carries several names, fits.
const maxText = 2000

// oneLine returns the text of err as one line for a log. Errors of crypto/x509
// repeat the names in certificates, which an attacker can choose: what does not
// print, such as newlines and escape sequences, is escaped, and a long text is
// cut.
func oneLine(err error) string {
	if err == nil {
		return "<nil>"
	}
	text, cut := err.Error(), ""
	if len(text) > maxText {
		cut = fmt.Sprintf("… (%d bytes)", len(text))
		text = strings.ToValidUTF8(text[:maxText], "")
	}
	quoted := strconv.Quote(text)
	unquote := strings.NewReplacer(`\"`, `"`, `\\`, `\`) // here: importing this package must cost nothing
	return unquote.Replace(quoted[1:len(quoted)-1]) + cut
}

// onOneLine is an error whose text is one line.
type onOneLine struct{ error }

func (e onOneLine) Error() string { return oneLine(e.error) }

// Unwrap returns the error itself.
func (e onOneLine) Unwrap() error { return e.error }
