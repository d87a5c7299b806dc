package rdstls

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rdstls/go/bundle"
)

// certificateError explains why a certificate was not accepted.
func certificateError(tree []node) (Diagnosis, bool) {
	chain := chainOf(tree)
	if e, ok := first[x509.HostnameError](tree); ok {
		return nameMismatch(e, chain), true
	}
	if e, ok := first[x509.CertificateInvalidError](tree); ok {
		return invalidCertificate(e, chain), true
	}
	if _, ok := first[x509.UnknownAuthorityError](tree); ok || len(chain) > 0 {
		return unknownIssuer(chain, wantedName(tree)), true
	}
	// Texts of crypto/tls (Go 1.26).
	if says(tree, "tls: invalid signature by the server certificate: ", "tls: failed to parse certificate from server: ",
		"tls: server sent certificate containing RSA key larger than ", "tls: server's certificate contains an unsupported type of public key: ",
		"tls: certificate used with invalid signature algorithm", "tls: handshake message of length ") {
		return Diagnosis{ReasonNotRDS, "The server's certificate is malformed, far too large, or somebody else's: it could not prove that it has the key. " +
			"No RDS server does so: suspect interception, and keep credentials away from it."}, true
	}
	return Diagnosis{}, false
}

// chainOf returns the certificates that the server sent, as far as the error
// holds them. Nothing in them is proven.
func chainOf(tree []node) []*x509.Certificate {
	if e, ok := first[*tls.CertificateVerificationError](tree); ok {
		return slices.DeleteFunc(slices.Clone(e.UnverifiedCertificates), func(c *x509.Certificate) bool { return c == nil })
	}
	if e, ok := first[x509.UnknownAuthorityError](tree); ok && e.Cert != nil {
		return []*x509.Certificate{e.Cert}
	}
	return nil
}

// wantedName returns the name that was to be verified, or "". Apart from this
// module's adapters, pgx alone says it (pgx v5.12.0, pgconn/errors.go).
func wantedName(tree []node) string {
	if e, ok := first[wanting](tree); ok {
		return safely(e.WantedServerName)
	}
	for _, n := range tree {
		if isType(n.err, pgconnPath, "perDialConnectError") {
			return stringField(n.err, "originalHostname")
		}
	}
	return ""
}

// A wanting error is one of this module's adapters, of an attempt that reached a
// server (AttemptError in internal/adapter).
type wanting interface{ WantedServerName() string }

// nameMismatch explains a certificate for another name. crypto/x509 compares the
// name before it builds a chain, so nothing in that certificate is proven, and an
// attacker's own RDS instance has a valid one. The advice names nothing but what
// follows from the endpoint that was wanted.
func nameMismatch(e x509.HostnameError, chain []*x509.Certificate) Diagnosis {
	offered := "no name"
	if e.Certificate != nil && len(e.Certificate.DNSNames) > 0 {
		offered = shortList(e.Certificate.DNSNames)
	}
	wanted, err := canonicalName(e.Host)
	if err != nil {
		return Diagnosis{ReasonName, "What was wanted is no host name that a certificate could carry: set ServerName to the endpoint alone, without a port."}
	}
	return Diagnosis{ReasonName, fmt.Sprintf("The server was to be %q, and its certificate (%s) carries %s. %s",
		wanted, signedBy(chain), offered, nameAdvice(wanted))}
}

func nameAdvice(wanted string) string {
	endpoint, err := parseEndpoint(wanted)
	first, rest, _ := strings.Cut(wanted, ".")
	switch {
	case err != nil:
		return "If the wanted name is an alias or a tunnel, set Options.ServerName to the RDS endpoint behind it and its port, as the RDS console shows them."
	case endpoint.Kind == KindCustom:
		return fmt.Sprintf("Certificates get the names of custom endpoints late: restart the instances, or set Options.ServerName to the endpoint of your cluster, \"<cluster>.%s\".",
			strings.Replace(rest, "cluster-custom-", "cluster-", 1))
	case endpoint.Kind == KindReader:
		return fmt.Sprintf("If no other server answered, the certificate is older than the reader endpoint: restart the instances, or set Options.ServerName to %q, which every instance of the cluster carries.",
			first+"."+strings.Replace(rest, "cluster-ro-", "cluster-", 1))
	case endpoint.Kind == KindProxy && strings.HasPrefix(rest, "endpoint."):
		return fmt.Sprintf("The wildcard of a proxy's certificate may not cover its further endpoints: set Options.ServerName to the default endpoint of your proxy, \"<proxy>.%s\".",
			strings.TrimPrefix(rest, "endpoint."))
	case endpoint.Kind == KindGlobal:
		return "Certificates may lack the endpoint of a global writer: connect to the cluster endpoint in the writer's Region, or name that one in Options.ServerName."
	}
	return "Another server answered: look at DNS, routes and tunnels on the way, and whether the instance was renamed or switched over a moment ago."
}

func invalidCertificate(e x509.CertificateInvalidError, chain []*x509.Certificate) Diagnosis {
	if e.Cert == nil || e.Reason != x509.Expired {
		return Diagnosis{ReasonNotRDS, "The server's certificate, or one above it, is not made for servers or breaks the limits of its issuer. " +
			"RDS issues none like that: suspect interception, or a server that is not RDS."}
	}
	which := "The server's certificate"
	if e.Cert.IsCA {
		which = "A certificate above the server's"
	}
	// The error holds no clock, but its text does (crypto/x509, isValid).
	if strings.Contains(e.Detail, " is before ") || e.Detail == "" && time.Now().Before(e.Cert.NotBefore) {
		return Diagnosis{ReasonNotYetValid, fmt.Sprintf("%s (%s) is valid from %s on. Check the clock of this machine first.",
			which, signedBy(chain), date(e.Cert.NotBefore))}
	}
	return Diagnosis{ReasonExpired, fmt.Sprintf("%s (%s) expired on %s. If this machine's clock is right, "+
		"apply the pending certificate rotation of the instance in the RDS console; nothing needs to change on this side.",
		which, signedBy(chain), date(e.Cert.NotAfter))}
}

func date(t time.Time) string { return t.UTC().Format("2006-01-02 15:04 MST") }

// unknownIssuer explains a chain that ended in no trusted root.
func unknownIssuer(chain []*x509.Certificate, wanted string) Diagnosis {
	endpoint, err := parseEndpoint(wanted)
	to := "this endpoint"
	if err == nil {
		to = strconv.Quote(endpoint.Host)
	}
	by := signedBy(chain)
	switch {
	case by.region != "" && mayVouch(by.region, endpoint, chain):
		return Diagnosis{ReasonUnknownRoot, fmt.Sprintf("RDS's authority of Region %q signed the certificate, as it may for %s, but it is not among the roots that this connection trusts. "+
			"Leave Options.Roots empty, or build the TLS configuration with rdstls.ClientConfig: the system's roots never include those of RDS.", by.region, to)}
	case by.region != "":
		return Diagnosis{ReasonRegion, fmt.Sprintf("RDS's authority of Region %q signed the certificate, and it may not vouch for %s%s. "+
			"A server of another Region answered: look at DNS, routes and tunnels on the way.", by.region, to, inRegion(endpoint))}
	case by.amazon && endpoint.Kind == KindProxy:
		return Diagnosis{ReasonAmazonTrust, fmt.Sprintf("Amazon Trust Services signed the certificate, as it does for an RDS Proxy such as %s, but this connection does not trust it. "+
			"Leave Options.Roots empty, or build the TLS configuration with rdstls.ClientConfig.", to)}
	case by.amazon:
		return Diagnosis{ReasonAmazonTrust, fmt.Sprintf("Amazon Trust Services signed the certificate, so an RDS Proxy, Aurora Serverless v1 or another AWS service answered for %s. "+
			"Connect to a proxy by its own endpoint; for Serverless v1 set Options.Roots to bundle.AmazonTrust().", to)}
	case claimsUnknownRoot(chain):
		return Diagnosis{ReasonUnknownRoot, fmt.Sprintf("The issuer, %s, unverified, claims to be an authority of RDS that this version does not embed (%s). "+
			"Upgrade github.com/rdstls/go, or give the bundle that AWS publishes now to bundle.ParsePool, and the pool to Options.Roots.", issuerOf(chain), bundleAge())}
	}
	return Diagnosis{ReasonNotRDS, fmt.Sprintf("The issuer, %s, unverified, is no authority of RDS that this version embeds (%s), nor one of Options.Roots, whatever its name says. "+
		"Suspect interception, a proxy that opens TLS, or a server that is not RDS, and keep credentials away from it.", issuerOf(chain), bundleAge())}
}

// mayVouch reports whether the RDS authority of region, which signed chain, is
// one for the endpoint. If that is not known, the certificate tells: its name was
// compared before, so it carries the one that was wanted, and it has been proven
// who signed it.
func mayVouch(region string, endpoint Endpoint, chain []*x509.Certificate) bool {
	if endpoint.Kind == KindGlobal {
		return !strings.HasPrefix(region, "us-gov-")
	}
	wanted := endpoint.Region
	for _, name := range chain[0].DNSNames {
		if e, err := parseEndpoint(name); err == nil && wanted == "" {
			wanted = e.Region
		}
	}
	return wanted == region
}

func inRegion(endpoint Endpoint) string {
	if endpoint.Region == "" {
		return ""
	}
	return fmt.Sprintf(", which is in %q", endpoint.Region)
}

// A signature says who signed a chain, as far as the embedded roots prove it. It
// does not say that whoever sent the chain has the key to it.
type signature struct {
	region string // of an RDS authority
	amazon bool   // Amazon Trust Services
	nobody bool   // none of these, though the server sent more than one certificate
}

// signedBy verifies chain anew: a name that it claims would be a mere suspicion.
func signedBy(chain []*x509.Certificate) signature {
	claimed := claimedRegion(chain)
	if pool, ok := bundle.Pool(claimed); ok && chainsTo(chain, pool) {
		return signature{region: claimed}
	}
	if chainsTo(chain, bundle.AmazonTrust()) {
		return signature{amazon: true}
	}
	return signature{nobody: len(chain) > 1}
}

func (s signature) isKnown() bool { return s.region != "" || s.amazon }

func (s signature) String() string {
	switch {
	case s.region != "":
		return fmt.Sprintf("unverified, signed by RDS's authority of Region %q", s.region)
	case s.amazon:
		return "unverified, signed by Amazon Trust Services"
	case s.nobody:
		return "unverified, signed by no authority that this version embeds"
	}
	return "unverified"
}

// chainsTo reports whether the leaf of chain leads to pool. The name and the
// dates are left aside: only who signed it is asked.
func chainsTo(chain []*x509.Certificate, pool *x509.CertPool) bool {
	if len(chain) == 0 {
		return false
	}
	intermediates := x509.NewCertPool()
	for _, cert := range chain[1:] {
		intermediates.AddCert(cert)
	}
	_, err := chain[0].Verify(x509.VerifyOptions{
		Roots: pool, Intermediates: intermediates, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
		CurrentTime: chain[0].NotBefore.Add(time.Second), // whatever the clock says
	})
	return err == nil
}

// claimedRegion returns the Region in the name of the issuer, such as
// "Amazon RDS eu-west-1 Subordinate CA RSA2048 G1.A.3", or "".
func claimedRegion(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return ""
	}
	name, _ := strings.CutPrefix(chain[0].Issuer.CommonName, "Amazon RDS ")
	region, _, more := strings.Cut(name, " ")
	if !more || name == chain[0].Issuer.CommonName || !isRegion(region) {
		return ""
	}
	return region
}

// claimsUnknownRoot reports whether the issuer claims a Region that the bundle
// lacks, or a later generation than the first, which all embedded roots are.
func claimsUnknownRoot(chain []*x509.Certificate) bool {
	region := claimedRegion(chain)
	if region == "" {
		return false
	}
	_, known := bundle.Pool(region)
	for word := range strings.FieldsSeq(chain[0].Issuer.CommonName) {
		generation, _, _ := strings.Cut(word, ".")
		if number, ok := strings.CutPrefix(generation, "G"); ok && number != "1" {
			known = false
		}
	}
	return !known
}

func issuerOf(chain []*x509.Certificate) string {
	if len(chain) == 0 {
		return "which the error does not tell"
	}
	return fmt.Sprintf("%.100q", chain[0].Issuer.CommonName)
}

// bundleAge identifies the embedded bundle to a person.
func bundleAge() string {
	var newest time.Time
	for root := range bundle.Roots() {
		if root.Certificate.NotBefore.After(newest) {
			newest = root.Certificate.NotBefore
		}
	}
	return fmt.Sprintf("bundle %.12s…, newest root of %s", bundle.SHA256, newest.Format(time.DateOnly))
}

// shortList quotes at most three names, each cut to a length that fits a line.
func shortList(names []string) string {
	const most = 3
	var quoted []string
	for _, name := range names[:min(len(names), most)] {
		quoted = append(quoted, fmt.Sprintf("%.100q", name))
	}
	list := strings.Join(quoted, ", ")
	if more := len(names) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}
