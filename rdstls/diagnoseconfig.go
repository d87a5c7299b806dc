package rdstls

import (
	"fmt"
	"slices"
)

// configRefusal explains an error of this module about a configuration.
func configRefusal(f *failure) (Diagnosis, bool) {
	advice := ""
	refused, ok := first[*ConfigError](f.tree)
	switch {
	case ok:
		advice = "This module rejected the configuration. " + configAdvice(refused.Setting, f.tree)
	case f.tree.hasMessage("rdspgx: sslnegotiation=direct: the server did not choose the protocol postgresql"):
		advice = directAdvice
	case !f.tree.has(ErrPlaintext, ErrUnverified):
		return Diagnosis{}, false
	case f.tree.has(ErrNotEndpoint):
		advice = "This configuration is only for RDS endpoints, and the connection was made to another name. " +
			"Connect to the endpoint itself, or name it in Options.ServerName."
	case f.tree.has(ErrNoRoots):
		advice = noRootsAdvice
	case f.issuer().isKnown():
		return Diagnosis{}, false // certificateError knows more
	default:
		advice = "This module rejected a server that crypto/tls accepted: its certificate chains to a CA other than the endpoint's, " +
			"or TLS settings were changed after Configure. Make such changes in Options.Base, or before Configure."
	}
	return Diagnosis{ReasonConfig, advice}, true
}

const noRootsAdvice = "This version has no RDS CA for the endpoint's Region. Check its spelling in the endpoint; if the Region is new, upgrade github.com/rdstls/go. " +
	"For China, the ISO partitions and the European Sovereign Cloud, give the file that AWS publishes for them to bundle.ParsePool, and the pool to Options.Roots."

func configAdvice(setting string, t tree) string {
	switch {
	case t.has(ErrNotEndpoint):
		return fmt.Sprintf("Change the setting %.60q to an RDS endpoint. If it is an alias or a tunnel, name the endpoint behind it, with its port, in Options.ServerName.", setting)
	case t.has(ErrNoRoots):
		return noRootsAdvice
	case t.has(ErrPlaintext):
		return fmt.Sprintf("Remove what asks for plaintext in the setting %.60q: every other mode is raised to full verification.", setting)
	}
	return fmt.Sprintf("Change the setting %.60q, for the reason in the error: trying again does not help.", setting)
}

// passwordError explains that Options.Password returned an error. What that says
// is not looked into: it is about AWS, a secret store, or the program itself.
func passwordError(f *failure) (Diagnosis, bool) {
	if !slices.ContainsFunc(f.tree, func(n node) bool { return isOfPassword(n.err) }) {
		return Diagnosis{}, false
	}
	return Diagnosis{ReasonPassword, "Options.Password returned an error, so no password was sent. The error says why. " +
		"With the Token of a Signer, look for missing or expired AWS credentials, and for an endpoint that tokens cannot be signed for."}, true
}
