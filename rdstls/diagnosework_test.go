package rdstls_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/rdstls"
)

// A counted error counts the calls of its methods. It is a net.Error, so that looking
// for a timeout counts too.
type counted struct {
	calls *int
	err   error
}

func (e *counted) Error() string { *e.calls++; return "counted" }
func (e *counted) Unwrap() error { *e.calls++; return e.err }
func (e *counted) Timeout() bool { *e.calls++; return false }
func (*counted) Temporary() bool { return false }

// deep are errors in which n others are nested, by the way that they are.
var deep = map[string]func(n int, calls *int) error{
	"wrapped": func(n int, calls *int) error {
		err := error(&counted{calls, io.EOF})
		for range n {
			err = &counted{calls, fmt.Errorf("%w", err)}
		}
		return err
	},
	"joined": func(n int, calls *int) error {
		err := error(&counted{calls, io.EOF})
		for range n {
			err = errors.Join(err, &counted{calls, nil})
		}
		return err
	},
	"attempts": func(n int, calls *int) error {
		err := error(&counted{calls, errors.New("?")})
		for range n {
			err = &rdstls.AttemptError{ServerName: instance, Err: &counted{calls, err}}
		}
		return err
	},
	"attempts-side-by-side": func(n int, calls *int) error {
		var errs []error
		for range n {
			errs = append(errs, &rdstls.AttemptError{ServerName: instance, Err: &counted{calls, errors.New("?")}})
		}
		return errors.Join(errs...)
	},
}

// TestDiagnoseWork checks that the work grows with the size of an error and no
// faster: the methods of an error are called three times at most.
func TestDiagnoseWork(t *testing.T) {
	t.Parallel()
	for name, build := range deep {
		for _, n := range []int{10, 100, 1000} {
			calls := 0
			err := build(n, &calls)
			calls = 0 // fmt.Errorf has asked for texts
			rdstls.Diagnose(err)
			if calls == 0 || calls > 3*(n+1) {
				t.Errorf("%s: Diagnose of %d errors calls %d methods, want at most three each", name, n, calls)
			}
		}
	}
}

// TestDiagnoseDeep checks that what 1,000 errors hide is found.
func TestDiagnoseDeep(t *testing.T) {
	t.Parallel()
	joined := error(x509.HostnameError{Host: instance, Certificate: &x509.Certificate{}})
	for range 1000 {
		joined = errors.Join(errors.New("before"), joined)
	}
	if d, _ := rdstls.Diagnose(joined); d.Reason != rdstls.ReasonName {
		t.Errorf("Diagnose = %q, want %q", d.Reason, rdstls.ReasonName)
	}
}

// TestDiagnoseLongChain checks that certificates beyond those that RDS sends are
// not looked at: an attacker can send hundreds, with keys that take long.
func TestDiagnoseLongChain(t *testing.T) {
	t.Parallel()
	looked := rdstls.ChainLength(&tls.CertificateVerificationError{
		UnverifiedCertificates: make([]*x509.Certificate, 100),
		Err:                    x509.UnknownAuthorityError{},
	})
	if looked != 0 {
		t.Errorf("of nil certificates, %d are looked at", looked)
	}
	chain := make([]*x509.Certificate, 100)
	for i := range chain {
		chain[i] = &x509.Certificate{}
	}
	if looked = rdstls.ChainLength(unknown(chain...)); looked > 4 {
		t.Errorf("of 100 certificates, %d are looked at, want at most 4", looked)
	}
}

// TestDiagnoseManyNames checks that only the first 100 names of a certificate are
// looked at: an attacker can send thousands.
func TestDiagnoseManyNames(t *testing.T) {
	t.Parallel()
	names := append(slices.Repeat([]string{"x.example"}, 100), instance)
	for i, want := range []rdstls.Reason{rdstls.ReasonRegion, rdstls.ReasonUnknownRoot} { // without the endpoint, and with it
		if d, _ := rdstls.Diagnose(unknown(advicetest.RegionRoot(t, "eu-west-1", names[i:]...))); d.Reason != want {
			t.Errorf("Diagnose of a certificate with %d names = %q, want %q", len(names[i:]), d.Reason, want)
		}
	}
}

func BenchmarkDiagnose(b *testing.B) {
	calls := 0
	benchmarks := map[string]error{"one": &rdstls.AttemptError{ServerName: instance, Err: io.EOF}}
	for name, build := range deep {
		benchmarks[name+"-1000"] = build(1000, &calls)
	}
	for name, err := range benchmarks {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				rdstls.Diagnose(err)
			}
		})
	}
}
