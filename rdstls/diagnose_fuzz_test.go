package rdstls_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strings"
	"testing"

	"github.com/go-sql-driver/mysql"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/rdstls"
)

// Errors of other people's, with methods that do what they like.
type (
	panicking struct{}
	itself    struct{}
	manifold  struct{ err error }
	hollow    struct{ error }
	hollowPtr struct{ *pgconn.PgError }
	typeless  map[string]error
	shapeless func() string
	uncertain struct{ names []string }
)

func (panicking) Error() string            { panic("Error") }
func (panicking) Unwrap() error            { panic("Unwrap") }
func (panicking) Is(error) bool            { panic("Is") }
func (panicking) As(any) bool              { panic("As") }
func (panicking) SQLState() string         { panic("SQLState") }
func (panicking) Timeout() bool            { panic("Timeout") }
func (panicking) Temporary() bool          { panic("Temporary") }
func (panicking) WantedServerName() string { panic("WantedServerName") }
func (itself) Error() string               { return "itself" }
func (e itself) Unwrap() error             { return e }
func (manifold) Error() string             { return "itself, often" }
func (e manifold) Unwrap() []error         { return []error{e, nil, e, e.err, e} }
func (hollowPtr) Error() string            { return "there is a nil pointer in it" }
func (e hollowPtr) SQLState() string       { return "28000" }
func (typeless) Error() string             { return "a map" }
func (e typeless) Unwrap() error           { return e["cause"] }
func (f shapeless) Error() string          { return f() }
func (e uncertain) Error() string          { return "not comparable" + strings.Join(e.names, "") }
func (uncertain) Unwrap() []error          { return make([]error, 1_000_000) }
func (e *pointed) Error() string           { return e.text }
func (e *pointed) Unwrap() error           { return e.err }

type pointed struct {
	text string
	err  error
}

// nested wraps err again and again.
func nested(err error, times int, format string) error {
	for range times {
		err = fmt.Errorf(format, err)
	}
	return err
}

// oddities are errors that must neither stop Diagnose nor keep it busy.
func oddities() []error {
	cycle := &pointed{text: "cycle"}
	cycle.err = cycle
	var nilConfig *rdstls.ConfigError
	var nilRefusal *tls.CertificateVerificationError
	var nilPg *pgconn.PgError
	var nilMySQL *mysql.MySQLError
	var nilAttempt *rdstls.AttemptError
	var nilURL *url.Error
	return []error{
		panicking{},
		itself{},
		manifold{io.EOF},
		hollow{},
		hollowPtr{},
		typeless(nil), shapeless(nil),
		uncertain{},
		cycle,
		nilConfig, nilRefusal, nilPg, nilMySQL, nilAttempt, nilURL, (*net.OpError)(nil), (*pgconn.ConnectError)(nil), (*pointed)(nil),
		&rdstls.ConfigError{}, &tls.CertificateVerificationError{}, &rdstls.AttemptError{}, &pgconn.PgError{}, &mysql.MySQLError{},
		&pgconn.ConnectError{}, &net.OpError{}, &url.Error{},
		tls.RecordHeaderError{},
		tls.AlertError(40),
		x509.HostnameError{},
		x509.HostnameError{Certificate: &x509.Certificate{}},
		x509.UnknownAuthorityError{},
		x509.CertificateInvalidError{},
		x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{}},
		&tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{nil}},
		&tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{{}, nil, {}}},
		&tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{{Issuer: pkix.Name{CommonName: "Amazon RDS eu-west-1 "}}}},
		nested(context.DeadlineExceeded, 2000, "%w"), nested(io.EOF, 12, "%w, %[1]w"),
		errors.Join(make([]error, 5)...),
	}
}

func TestDiagnoseOddErrors(t *testing.T) {
	t.Parallel()
	ca := &pointed{text: "the one to be found", err: &rdstls.AttemptError{ServerName: instance, Err: io.EOF}}
	for i, odd := range odd {
		for _, err := range []error{odd, errors.Join(odd, odd), fmt.Errorf("%w", &pointed{"odd", odd}), &rdstls.AttemptError{Err: odd}} {
			d, ok := rdstls.Diagnose(err)
			if ok != (d != rdstls.Diagnosis{}) {
				t.Errorf("%d: Diagnose = %+v, %v", i, d, ok)
			}
			if ok {
				for _, problem := range advicetest.Problems(err, d) {
					t.Errorf("%d: Diagnose = %+v: %s", i, d, problem)
				}
			}
		}
		if _, ok := rdstls.Diagnose(errors.Join(ca, odd)); !ok {
			t.Errorf("%d: Diagnose finds nothing before an odd error", i)
		}
	}
	wantDiagnosis(t, errors.Join(panicking{}, hollow{}, ca), rdstls.ReasonReset)
}

var odd = oddities()

// canary is in every text that a fuzzed error has of its own, and is none that an
// advice may quote: names of servers and of certificates.
const canary = "Qx7-canary-of-an-error"

// A builder builds a tree of errors from bytes, which it takes for instructions.
type builder struct {
	rest  []byte
	depth int
}

func (b *builder) next() int {
	if len(b.rest) == 0 {
		return 0
	}
	first := b.rest[0]
	b.rest = b.rest[1:]
	return int(first)
}

// name takes a text of up to 63 bytes, which does not look like a setting: those
// must not be in an advice, and names of certificates may.
func (b *builder) name() string {
	n := min(b.next()%64, len(b.rest))
	name := strings.ReplaceAll(string(b.rest[:n]), "=", "")
	b.rest = b.rest[n:]
	return []string{name, instance, proxyEndpoint, custom, "Amazon RDS " + name}[b.next()%5]
}

func (b *builder) certificate() *x509.Certificate {
	cert := &x509.Certificate{Issuer: pkix.Name{CommonName: b.name()}, IsCA: b.next()%2 == 1}
	for range b.next() % 5 {
		cert.DNSNames = append(cert.DNSNames, b.name())
	}
	return cert
}

func (b *builder) err() error {
	b.depth++
	defer func() { b.depth-- }()
	if b.depth > 20 {
		return io.EOF
	}
	switch b.next() % 16 {
	case 0:
		return nil
	case 1:
		return errors.New(canary + b.name())
	case 2:
		return fmt.Errorf("%s: %w", canary, b.err())
	case 3:
		return errors.Join(b.err(), b.err(), errors.New(canary))
	case 4:
		return &rdstls.AttemptError{ServerName: b.name(), Err: b.err()}
	case 5:
		return &rdstls.ConfigError{Setting: "sslmode", Err: fmt.Errorf("%s: %w", canary, b.err())}
	case 6:
		return &tls.CertificateVerificationError{UnverifiedCertificates: []*x509.Certificate{b.certificate(), b.certificate()}, Err: b.err()}
	case 7:
		return x509.HostnameError{Certificate: b.certificate(), Host: b.name()}
	case 8:
		return x509.UnknownAuthorityError{Cert: b.certificate()}
	case 9:
		return x509.CertificateInvalidError{Cert: b.certificate(), Reason: x509.InvalidReason(b.next() % 12), Detail: canary + " is before "}
	case 10:
		codes := []string{"28000", "28P01", "42P01", "08P01"}
		messages := []string{"", "PAM authentication failed ", "password authentication failed ", "This RDS Proxy requires TLS connections "}
		return &pgconn.PgError{Code: codes[b.next()%len(codes)], Message: messages[b.next()%len(messages)] + canary + b.name()}
	case 11:
		numbers := []uint16{1040, 1044, 1045, 1146, 1524, 3159}
		return &mysql.MySQLError{Number: numbers[b.next()%len(numbers)], Message: canary + b.name()}
	case 12:
		known := []error{rdstls.ErrNotEndpoint, rdstls.ErrNoRoots, rdstls.ErrPlaintext, rdstls.ErrUnverified, mysql.ErrNoTLS, context.DeadlineExceeded, io.EOF}
		return known[b.next()%len(known)]
	case 13:
		return &pointed{canary + b.name(), b.err()}
	default:
		return odd[b.next()%len(odd)]
	}
}

func FuzzDiagnose(f *testing.F) {
	for i := range 16 {
		f.Add([]byte{2, byte(i), 7, 'e', 'x', 'a', 'm', 'p', 'l', 'e', 4, 12, 5, 6, 1})
		f.Add([]byte{3, 2, byte(i), 1, 2, 3, 4, byte(i), 6, 5, 12, 1, 13, 8, 9, 10})
		f.Add([]byte{4, byte(i), 0, byte(i), 4, byte(i), 3, byte(i), byte(i)})
	}
	f.Fuzz(func(t *testing.T, program []byte) {
		b := &builder{rest: program}
		err := errors.Join(errors.New(canary), b.err()) // so that no name is all of the text
		d, ok := rdstls.Diagnose(err)
		if !ok {
			if d != (rdstls.Diagnosis{}) {
				t.Fatalf("Diagnose = %+v, false", d)
			}
			return
		}
		if again, _ := rdstls.Diagnose(err); again != d {
			t.Fatalf("Diagnose = %+v, and then %+v", d, again)
		}
		for _, problem := range advicetest.Problems(err, d, canary, "\n", "\x00") {
			t.Fatalf("Diagnose = %+v: %s", d, problem)
		}
	})
}
