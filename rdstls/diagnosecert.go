package rdstls

import (
	"crypto/x509"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// certificateError explains why a certificate was not accepted.
func certificateError(f *failure) (Diagnosis, bool) {
	if e, ok := first[x509.HostnameError](f.tree); ok {
		return nameMismatch(e, f), true
	}
	if e, ok := first[x509.CertificateInvalidError](f.tree); ok {
		return invalidCertificate(e, f), true
	}
	if _, ok := first[x509.UnknownAuthorityError](f.tree); ok || len(f.chain) > 0 {
		return unknownIssuer(f), true
	}
	// Texts of crypto/tls (Go 1.26).
	if f.tree.hasMessage("tls: invalid signature by the server certificate: ", "tls: failed to parse certificate from server: ",
		"tls: server sent certificate containing RSA key larger than ", "tls: server's certificate contains an unsupported type of public key: ",
		"tls: server certificate contains incorrect key type for selected ciphersuite", "tls: received empty certificates message",
		"tls: certificate used with invalid signature algorithm", "tls: handshake message of length ") {
		return Diagnosis{ReasonNotRDS, "The server's certificate is malformed or oversized, or the server does not hold its private key. " +
			"No RDS server behaves like this: suspect interception, and do not send credentials."}, true
	}
	return Diagnosis{}, false
}

// invalidCertificate explains a certificate that is not valid, now or at all.
func invalidCertificate(e x509.CertificateInvalidError, f *failure) Diagnosis {
	if e.Cert == nil || e.Reason != x509.Expired {
		return Diagnosis{ReasonNotRDS, "The server's certificate, or one above it, is not made for servers or exceeds the limits of its issuer. " +
			"RDS issues none like that: suspect interception, or a server that is not RDS."}
	}
	which := "The server's certificate"
	if e.Cert.IsCA {
		which = "A certificate above the server's"
	}
	// The error holds no clock, but its text does (crypto/x509, isValid).
	early := strings.Contains(e.Detail, " is before ") || e.Detail == "" && time.Now().Before(e.Cert.NotBefore)
	reason, cause := ReasonExpired, fmt.Sprintf("%s (%s) expired on %s. ", which, f.issuer(), date(e.Cert.NotAfter))
	if early {
		reason, cause = ReasonNotYetValid, fmt.Sprintf("%s (%s) is valid from %s on. ", which, f.issuer(), date(e.Cert.NotBefore))
	}
	switch {
	case len(f.chain) > 0 && !f.issuer().isKnown():
		return Diagnosis{reason, cause + "No RDS CA that this version embeds issued it. " +
			"Suspect interception, and do not send credentials. If it is a test server of your own, renew its certificate."}
	case early:
		return Diagnosis{reason, cause + "Check this machine's clock first."}
	}
	return Diagnosis{reason, cause + "If this machine's clock is right, apply the pending certificate rotation in the RDS console. " +
		"Nothing needs to change on this side."}
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

// unknownIssuer explains a chain that ended in no trusted root.
func unknownIssuer(f *failure) Diagnosis {
	endpoint, err := parseEndpoint(f.expectedName())
	to := "this endpoint"
	if err == nil {
		to = strconv.Quote(endpoint.Host)
	}
	by := f.issuer()
	allowed := by.isKnown() && isAllowedIssuer(endpoint, f.chain)
	const untrusted = "but this connection does not trust it. Leave Options.Roots empty, or build the TLS configuration with rdstls.ClientConfig"
	switch {
	case by.region != "" && allowed:
		return Diagnosis{ReasonUnknownRoot, fmt.Sprintf("The RDS CA of Region %q issued the certificate, as it may for %s, %s: "+
			"operating systems do not include the RDS CAs.", by.region, to, untrusted)}
	case by.region != "":
		return Diagnosis{ReasonRegion, fmt.Sprintf("The RDS CA of Region %q issued the certificate, and it may not issue for %s%s. "+
			"A server of another Region answered: check DNS, routes and tunnels.", by.region, to, inRegion(endpoint))}
	case by.amazon && allowed:
		return Diagnosis{ReasonAmazonTrust, fmt.Sprintf("Amazon Trust Services issued the certificate, as it may for %s, %s.", to, untrusted)}
	case by.amazon:
		return Diagnosis{ReasonAmazonTrust, fmt.Sprintf("Amazon Trust Services issued the certificate, so an RDS Proxy, an Aurora express cluster, Aurora DSQL or another AWS service answered for %s. "+
			"Connect to it by its own endpoint.", to)}
	case claimsUnknownRoot(f.chain):
		return Diagnosis{ReasonUnknownRoot, fmt.Sprintf("The issuer, %s, unverified, claims to be an RDS CA that this version does not embed (%s). "+
			"Upgrade github.com/rdstls/go, or give the bundle that AWS publishes now to bundle.ParsePool, and the pool to Options.Roots.", issuerName(f.chain), bundleAge())}
	}
	return Diagnosis{ReasonNotRDS, fmt.Sprintf("The issuer, %s, unverified, is neither an RDS CA that this version embeds (%s) nor one of Options.Roots, whatever its name says. "+
		"Suspect interception, a proxy that intercepts TLS, or a server that is not RDS, and do not send credentials. "+
		"If it is a test server of your own, put its CA into Options.Roots.", issuerName(f.chain), bundleAge())}
}

func inRegion(endpoint Endpoint) string {
	if endpoint.Region == "" {
		return ""
	}
	return fmt.Sprintf(", which is in %q", endpoint.Region)
}
