package rdstls_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/rdstls/go/rdstls"
)

// TestAttemptErrorOnOneLine checks that the text of an AttemptError stays on its
// line, that ordinary texts are kept, and that a long one is cut.
func TestAttemptErrorOnOneLine(t *testing.T) {
	t.Parallel()
	const prefix = `rdstls: connecting to "x": `
	for text, want := range map[string]string{
		"":                                "",
		`it is "quoted" with \ and é 世 …`: `it is "quoted" with \ and é 世 …`,
		"a\nERROR b\r\x1b[2Jc\x00":        `a\nERROR b\r\x1b[2Jc\x00`,
		"\u202eabc\u2028\u0085\xff":       `\u202eabc\u2028\u0085\xff`,
	} {
		err := &rdstls.AttemptError{ServerName: "x", Err: errors.New(text)}
		if got := err.Error(); got != prefix+want {
			t.Errorf("Error of %q = %q, want %q", text, got, prefix+want)
		}
	}
	for _, first := range []string{"x", "xx"} { // one of them puts the cut into a character
		long := (&rdstls.AttemptError{ServerName: "x", Err: errors.New(first + strings.Repeat("é", 50_000))}).Error()
		if len(long) > 2100 || !strings.HasSuffix(long, "é… (10000"+strconv.Itoa(len(first))+" bytes)") {
			t.Errorf("Error of 100,000 bytes has %d bytes and ends in %q, want about 2,000 and the length", len(long), long[len(long)-40:])
		}
	}
	if got := (&rdstls.AttemptError{ServerName: "x"}).Error(); got != prefix+"<nil>" {
		t.Errorf("Error without a cause = %q, want %q", got, prefix+"<nil>")
	}
}

// TestAttemptErrorForgedNames checks that the names in a certificate that an
// attacker made neither break the line nor fill the log, and that errors.As still
// finds the certificate.
func TestAttemptErrorForgedNames(t *testing.T) {
	t.Parallel()
	forged := &x509.Certificate{DNSNames: []string{"a\n2026-11-25 ERROR \x1b[31mall is well"}}
	for range 98 {
		forged.DNSNames = append(forged.DNSNames, strings.Repeat("long.", 125))
	}
	cause := &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{forged}, Err: x509.HostnameError{Certificate: forged, Host: instance}}
	err := &rdstls.AttemptError{ServerName: instance, Err: cause}
	if text := err.Error(); strings.ContainsAny(text, "\n\x1b") || len(text) > 2200 {
		t.Errorf("Error has %d bytes, %.80q…, want one short line", len(text), text)
	}
	var found x509.HostnameError
	if !errors.As(err, &found) || found.Certificate != forged {
		t.Error("errors.As does not find the HostnameError")
	}
}

// FuzzAttemptError checks that no text prints as more than one line.
func FuzzAttemptError(f *testing.F) {
	f.Add("x\ny\x1b]0;title\a\u2066")
	f.Fuzz(func(t *testing.T, text string) {
		got := (&rdstls.AttemptError{ServerName: text[:min(len(text), 9)], Err: errors.New(text)}).Error()
		if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("Error of %q = %q, want only characters that print", text, got)
		}
	})
}
