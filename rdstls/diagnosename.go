package rdstls

import (
	"crypto/x509"
	"fmt"
	"strings"
)

// nameMismatch explains a certificate for another name. crypto/x509 compares the
// name before it builds a chain, so nothing in that certificate is verified, and
// an attacker's own RDS instance has a valid one. The advice recommends only names
// that follow from the endpoint that was expected.
func nameMismatch(e x509.HostnameError, f *failure) Diagnosis {
	offered := "no name"
	if e.Certificate != nil && len(e.Certificate.DNSNames) > 0 {
		offered = shortList(e.Certificate.DNSNames)
	}
	expected, err := canonicalName(e.Host)
	if err != nil {
		return Diagnosis{ReasonName, "The expected name is not a valid host name. Set ServerName to the endpoint, without a port."}
	}
	return Diagnosis{ReasonName, fmt.Sprintf("Expected a certificate for %q; the server presented one (%s) for %s. %s",
		expected, f.issuer(), offered, nameAdvice(expected))}
}

func nameAdvice(expected string) string {
	endpoint, err := parseEndpoint(expected)
	first, rest, _ := strings.Cut(expected, ".")
	switch {
	case err != nil:
		return "If the expected name is an alias or a tunnel, set Options.ServerName to the RDS endpoint behind it and its port, as the RDS console shows them."
	case endpoint.Kind == KindCustom:
		return fmt.Sprintf("Certificates may lack the names of new custom endpoints: restart the instances, or set Options.ServerName to the endpoint of your cluster, \"<cluster>.%s\".",
			strings.Replace(rest, "cluster-custom-", "cluster-", 1))
	case endpoint.Kind == KindReader:
		return fmt.Sprintf("If no other server answered, the certificate is older than the reader endpoint: restart the instances, or set Options.ServerName to %q, which every instance of the cluster carries.",
			first+"."+strings.Replace(rest, "cluster-ro-", "cluster-", 1))
	case endpoint.Kind == KindProxy && strings.HasPrefix(rest, "endpoint."):
		return fmt.Sprintf("The wildcard of a proxy's certificate may not cover its further endpoints: set Options.ServerName to the default endpoint of your proxy, \"<proxy>.%s\".",
			strings.TrimPrefix(rest, "endpoint."))
	case endpoint.Kind == KindGlobal:
		return "Certificates may lack the global writer endpoint: connect to the cluster endpoint in the writer's Region, or set Options.ServerName to it."
	}
	return "Another server answered: check DNS, routes and tunnels, and whether the instance was renamed or switched over a moment ago."
}

const maxNames = 100

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
