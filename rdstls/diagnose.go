package rdstls

import (
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// A Diagnosis says why a connection to an RDS server failed and what to do.
type Diagnosis struct {
	// Reason is one of the constants, fit for a metric label.
	Reason Reason

	// Advice is one or two sentences for the person who has to mend it. It adds
	// to the error, and does not repeat it. It never advises to verify less.
	// What it quotes of a certificate that was not verified, it calls unverified:
	// whoever answered may have written it.
	Advice string
}

// A Reason is a class of failures. Its values are stable; new ones may be added.
// docs/troubleshooting.md has the errors behind each.
type Reason string

// The reasons.
const (
	ReasonName             Reason = "name"              // the certificate does not name the endpoint
	ReasonRegion           Reason = "region"            // an RDS authority of another Region issued it
	ReasonAmazonTrust      Reason = "amazon-trust"      // Amazon Trust Services issued it: an RDS Proxy, or Aurora Serverless v1
	ReasonUnknownRoot      Reason = "unknown-root"      // an RDS authority that is not trusted here issued it, or is said to have
	ReasonNotRDS           Reason = "not-rds"           // no RDS authority issued it: interception, or another server
	ReasonExpired          Reason = "expired"           // a certificate has expired
	ReasonNotYetValid      Reason = "not-yet-valid"     // a certificate is not valid yet: often this machine's clock
	ReasonNoTLS            Reason = "no-tls"            // the server, or somebody in between, does not speak TLS
	ReasonTLSVersion       Reason = "tls-version"       // no TLS version or cipher suite in common
	ReasonTimeout          Reason = "timeout"           // the server was reached and fell silent before the connection stood
	ReasonReset            Reason = "reset"             // the server was reached and hung up before the connection stood
	ReasonPlaintextRefused Reason = "plaintext-refused" // the server insists on TLS, and the client used none
	ReasonLogin            Reason = "login"             // the server refused the user, not the connection
	ReasonPassword         Reason = "password"          // Options.Password returned an error, so no password was sent
	ReasonConfig           Reason = "config"            // this module refused the configuration
)

// Diagnose explains err, the error of an attempt to connect, whichever package
// returned it: this module, pgx, go-sql-driver/mysql, database/sql or crypto/tls.
// It looks through wrapped and joined errors; of several failed attempts it
// explains the one that tells most. It reports false if err is nil or has
// nothing to do with verifying or entering a server, as when none was reached.
//
// A timeout or a closed connection does not say when it happened. Diagnose
// explains those of pgx and of this module's adapters alone, whose errors do.
// It leaves failures of net/http alone, and does not look into those of
// Options.Password: they are about another server. It cannot tell whether an error
// of crypto/tls came from a database or from some other server.
func Diagnose(err error) (Diagnosis, bool) {
	tree := flatten(err)
	for _, explain := range [...]func([]node) (Diagnosis, bool){
		ownRefusal, certificateError, noTLS, tlsVersion, serverRefusal, noPassword, silence,
	} {
		if d, ok := explain(tree); ok {
			return d, true
		}
	}
	return Diagnosis{}, false
}

// A node is an error of a tree of errors.
type node struct {
	err  error
	text string
}

// maxErrors bounds the work on an error that wraps itself, or far too many.
const maxErrors = 1000

// flatten returns err and all errors that it wraps, in the order of [errors.As].
// It calls no method of an error but through safely: they can be anybody's.
func flatten(err error) []node {
	stack := []error{err}
	var tree []node
	for len(stack) > 0 && len(tree) < maxErrors {
		last := len(stack) - 1
		err, stack = stack[last], stack[:last]
		if v := reflect.ValueOf(err); !v.IsValid() || v.Kind() == reflect.Pointer && v.IsNil() {
			continue
		}
		n := node{err, safely(err.Error)}
		tree = append(tree, n)
		if n.isElsewhere() {
			continue
		}
		wrapped := unwrap(err)
		wrapped = slices.Clone(wrapped[:min(len(wrapped), maxErrors)])
		slices.Reverse(wrapped)
		stack = append(stack, wrapped...)
	}
	return tree
}

func unwrap(err error) []error {
	switch err := err.(type) {
	case interface{ Unwrap() error }:
		return []error{safely(err.Unwrap)}
	case interface{ Unwrap() []error }:
		return safely(err.Unwrap)
	}
	return nil
}

// safely calls a method of an error. If it panics, it has told nothing.
func safely[T any](method func() T) (result T) {
	defer func() { _ = recover() }()
	return method()
}

// isElsewhere reports whether the errors below n are of another server than the
// database: one of net/http's, such as those of AWS's SDK, or whatever
// Options.Password asked.
func (n node) isElsewhere() bool {
	_, http := n.err.(*url.Error)
	return http || n.isOfPassword()
}

// isOfPassword knows the PasswordError of internal/adapter.
func (n node) isOfPassword() bool {
	_, ok := n.err.(interface{ FromPassword() })
	return ok
}

// first returns the first error of the tree that is a T.
func first[T any](tree []node) (found T, ok bool) {
	for _, n := range tree {
		if found, ok = n.err.(T); ok {
			return found, true
		}
	}
	return found, false
}

// has reports whether one of the targets is in the tree.
func has(tree []node, targets ...error) bool {
	return slices.ContainsFunc(tree, func(n node) bool {
		return slices.ContainsFunc(targets, func(target error) bool { return n.err == target })
	})
}

// says reports whether an error in the tree has one of the texts, or begins with
// one that ends in a blank. Some errors of the drivers and of crypto/tls have
// nothing else to be known by.
func says(tree []node, texts ...string) bool {
	return slices.ContainsFunc(tree, func(n node) bool {
		return slices.ContainsFunc(texts, func(text string) bool {
			return n.text == text || strings.HasSuffix(text, " ") && strings.HasPrefix(n.text, text)
		})
	})
}

// ownRefusal explains an error of this module's own.
func ownRefusal(tree []node) (Diagnosis, bool) {
	advice := ""
	refused, ok := first[*ConfigError](tree)
	switch {
	case ok:
		advice = "The configuration was refused and nothing was connected. " + configAdvice(refused.Setting, tree)
	case says(tree, "rdspgx: sslnegotiation=direct: the server did not choose the protocol postgresql", "tls: no application protocol"):
		advice = "sslnegotiation=direct needs PostgreSQL 17 or later at the other end, with no proxy before it: leave it out of the connection string."
	case !has(tree, ErrPlaintext, ErrUnverified):
		return Diagnosis{}, false
	case has(tree, ErrNotEndpoint):
		advice = "This configuration is for RDS endpoints alone, and the connection was made by another name. " +
			"Connect by the endpoint itself, or name it in Options.ServerName."
	case has(tree, ErrNoRoots):
		advice = noRootsAdvice
	case signedBy(chainOf(tree)).isKnown():
		return Diagnosis{}, false // certificateError knows more
	default:
		advice = "This module refused a server that crypto/tls alone would have let pass: another authority than the endpoint's own vouched for it, " +
			"or TLS settings were changed after this module had made them. Make such changes in Options.Base, or before Configure."
	}
	return Diagnosis{ReasonConfig, advice}, true
}

const noRootsAdvice = "If the endpoint's Region is new, upgrade github.com/rdstls/go; for China, the ISO partitions and the European Sovereign Cloud, " +
	"give the file that AWS publishes for them to bundle.ParsePool, and the pool to Options.Roots."

func configAdvice(setting string, tree []node) string {
	switch {
	case has(tree, ErrNotEndpoint):
		return fmt.Sprintf("Change the setting %.60q to an RDS endpoint or, if it is an alias or a tunnel to one, name that endpoint, with its port, in Options.ServerName.", setting)
	case has(tree, ErrNoRoots):
		return noRootsAdvice
	case has(tree, ErrPlaintext):
		return fmt.Sprintf("Take out what asks for plaintext in the setting %.60q: every mode but plaintext is raised to full verification.", setting)
	}
	return fmt.Sprintf("Change the setting %.60q, for the reason in the error; to try again does not help.", setting)
}
