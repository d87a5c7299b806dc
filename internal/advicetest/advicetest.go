// Package advicetest checks diagnoses, whatever they are about. It serves the tests of
// several packages.
package advicetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/rdstls/go/rdstls"
)

// Reasons are all there are. The test of this package compares them with the
// source.
var Reasons = []rdstls.Reason{
	rdstls.ReasonName, rdstls.ReasonRegion, rdstls.ReasonAmazonTrust, rdstls.ReasonUnknownRoot, rdstls.ReasonNotRDS,
	rdstls.ReasonExpired, rdstls.ReasonNotYetValid, rdstls.ReasonNoTLS, rdstls.ReasonTLSVersion, rdstls.ReasonTimeout,
	rdstls.ReasonReset, rdstls.ReasonPlaintextRefused, rdstls.ReasonLogin, rdstls.ReasonPassword, rdstls.ReasonConfig,
	rdstls.ReasonUnreachable, rdstls.ReasonDNS,
}

// weakening are what people are told elsewhere.
var weakening = []string{
	"insecureskipverify", "skip-verify", "skip verification", "sslmode=", "tls=", "verify-ca", "plaintext=", "disable",
	"system roots", "sslrootcert",
}

// Problems returns what no advice on err may do: repeat the error, advise to
// verify less, tell one of the secrets, or be longer than anybody reads.
func Problems(err error, d rdstls.Diagnosis, secrets ...string) []string {
	var problems []string
	known := false
	for _, r := range Reasons {
		known = known || d.Reason == r
	}
	if !known {
		problems = append(problems, fmt.Sprintf("the reason %q is not a constant", d.Reason))
	}
	for _, words := range weakening {
		if strings.Contains(strings.ToLower(d.Advice), words) {
			problems = append(problems, fmt.Sprintf("the advice says %q", words))
		}
	}
	const short = 20 // a text that any advice could hold by chance
	if text := textOf(err); len(text) >= short && strings.Contains(d.Advice, text) {
		problems = append(problems, "the advice repeats the error")
	}
	for _, secret := range secrets {
		if strings.Contains(d.Advice, secret) {
			problems = append(problems, fmt.Sprintf("the advice tells %q", secret))
		}
	}
	const long = 1000
	if n := len(d.Advice); n == 0 || n > long {
		problems = append(problems, fmt.Sprintf("the advice has %d characters", n))
	}
	return problems
}

// Sentences counts the sentences of an advice that quotes none.
func Sentences(advice string) int {
	return strings.Count(advice, ". ") + 1
}

// textOf returns the text of an error that may panic instead.
func textOf(err error) (text string) {
	defer func() { _ = recover() }()
	return err.Error()
}

// Want fails the test unless err is diagnosed with the reason, and with an advice
// that holds the facts and none of the secrets.
func Want(tb testing.TB, what string, err error, want rdstls.Reason, facts []string, secrets ...string) {
	tb.Helper()
	d, ok := rdstls.Diagnose(err)
	if !ok || d.Reason != want {
		tb.Errorf("%s: Diagnose(%v) = %q, %v, want %q", what, err, d.Reason, ok, want)
		return
	}
	for _, fact := range facts {
		if !strings.Contains(d.Advice, fact) {
			tb.Errorf("%s: Diagnose(%v) = %q, want %q in it", what, err, d.Advice, fact)
		}
	}
	for _, problem := range Problems(err, d, secrets...) {
		tb.Errorf("%s: Diagnose(%v) = %q: %s", what, err, d.Advice, problem)
	}
}

// WantNone fails the test unless err is an error that is not diagnosed.
func WantNone(tb testing.TB, what string, err error) {
	tb.Helper()
	if err == nil {
		tb.Errorf("%s = nil, want an error", what)
	}
	if d, ok := rdstls.Diagnose(err); ok {
		tb.Errorf("%s: Diagnose(%v) = %+v, want nothing", what, err, d)
	}
}
