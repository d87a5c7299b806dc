package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/fakedb"
)

// A transcript is what the program prints. It counts what did not happen as told.
type transcript struct {
	w     io.Writer
	wrong int
}

func (t *transcript) line(format string, args ...any) {
	fmt.Fprintf(t.w, format+"\n", args...)
}

// fact prints what was observed, below the line that says what was done.
func (t *transcript) fact(format string, args ...any) {
	t.line("%s", wrapped("   ", "     ", fmt.Sprintf(format, args...)))
}

// failed prints why something did not happen as told.
func (t *transcript) failed(format string, args ...any) {
	t.wrong++
	t.fact(format, args...)
}

// status returns the exit status.
func (t *transcript) status() int {
	if t.wrong > 0 {
		return notAsTold
	}
	return asTold
}

// connected prints what is known of a connection that was to be verified.
func (t *transcript) connected(c connection) {
	t.fact("connected over %s, %s; %q returned %d",
		tls.VersionName(c.tls.Version), tls.CipherSuiteName(c.tls.CipherSuite), query, c.answer)
	if c.answer != 1 {
		t.failed("WRONG: the query was to return 1")
	}
	if len(c.tls.VerifiedChains) == 0 {
		t.failed("WRONG: no certificate was verified")
		return
	}
	chain := c.tls.VerifiedChains[0]
	t.fact("verified name: %s", verifiedName(c.tls))
	t.fact("issued by:     %s", nameOf(chain[min(1, len(chain)-1)]))
	t.fact("trusted root:  %s", nameOf(chain[len(chain)-1]))
}

// verifiedName returns the name for which the server's certificate was verified.
// TLS has names only of hosts: an IP address is not reported.
func verifiedName(cs tls.ConnectionState) string {
	if cs.ServerName != "" {
		return cs.ServerName
	}
	return fmt.Sprintf("the server's IP address, one of %v", cs.PeerCertificates[0].IPAddresses)
}

func nameOf(cert *x509.Certificate) string {
	if cn := cert.Subject.CommonName; cn != "" {
		return printable(cn)
	}
	return printable(cert.Subject.String())
}

// describe says what a client told a server about itself.
func describe(l fakedb.Login) string {
	var known []string
	for _, field := range [...]struct{ name, value string }{
		{"user", l.User}, {"password", l.Password}, {"database", l.Database},
	} {
		if field.value != "" {
			known = append(known, fmt.Sprintf("%s %q", field.name, field.value))
		}
	}
	if len(known) == 0 {
		return "nothing"
	}
	return strings.Join(known, ", ")
}

// reason returns the text of a driver's error on one line, without the password:
// a server can repeat in its error what it has received. The user and database with
// which pgx begins are left out: in a connection string that was misread, they
// can be parts of a password.
func reason(err error, password string) string {
	var failed *pgconn.ConnectError
	if errors.As(err, &failed) {
		err = failed.Unwrap()
	}
	text := err.Error()
	if password != "" {
		text = strings.ReplaceAll(text, password, "[password]")
	}
	return strings.Join(strings.Fields(printable(text)), " ")
}

// printable keeps what others have written from controlling the terminal.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) || unicode.IsSpace(r) && r < unicode.MaxASCII {
			return r
		}
		return unicode.ReplacementChar
	}, s)
}

// wrapped puts the words of text into lines of at most 80 bytes, if they fit. The
// first line begins with indent, the others with hang.
func wrapped(indent, hang, text string) string {
	const width = 80
	var lines []string
	line := indent
	for i, word := range strings.Split(text, " ") {
		switch {
		case i == 0:
			line += word
		case len(line)+1+len(word) <= width:
			line += " " + word
		default:
			lines = append(lines, line)
			line = hang + word
		}
	}
	return strings.Join(append(lines, line), "\n")
}
