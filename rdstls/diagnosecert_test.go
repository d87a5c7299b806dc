package rdstls_test

import (
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/internal/advicetest"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// Nobody but AWS can issue under its roots. But a root is its own chain: these
// errors are put together of one, with the names that an instance's certificate
// would have. TestDiagnoseAuthorities of package rdspgx has the handshakes.

// refusal returns crypto/tls's error about a server that sent chain.
func refusal(err error, chain ...*x509.Certificate) error {
	return &tls.CertificateVerificationError{UnverifiedCertificates: chain, Err: err}
}

func unknown(chain ...*x509.Certificate) error {
	return refusal(x509.UnknownAuthorityError{Cert: chain[0]}, chain...)
}

func TestDiagnoseAuthorities(t *testing.T) {
	t.Parallel()
	wanting := func(host string, err error) error { return &rdstls.AttemptError{ServerName: host, Err: err} }
	east, west, gov := advicetest.RegionRoot(t, "us-east-1"), advicetest.RegionRoot(t, "eu-west-1"), advicetest.RegionRoot(t, "us-gov-west-1")
	later := &x509.Certificate{Issuer: pkix.Name{CommonName: "Amazon RDS eu-west-1 Subordinate CA RSA2048 G2.A.3"}}
	for _, tt := range []struct {
		name  string
		err   error
		want  rdstls.Reason
		facts []string
	}{
		{"other-region", wanting(instance, unknown(east)), rdstls.ReasonRegion, []string{`"us-east-1"`, `"` + instance + `"`, `"eu-west-1"`}},
		{"other-region-by-its-names", unknown(advicetest.RegionRoot(t, "us-east-1", instance)), rdstls.ReasonRegion, []string{`"us-east-1"`}},
		{"other-region-alone", x509.UnknownAuthorityError{Cert: east}, rdstls.ReasonRegion, []string{`"us-east-1"`}},
		{"other-partition-for-global", wanting(globalWriter, unknown(gov)), rdstls.ReasonRegion, []string{`"us-gov-west-1"`, globalWriter}},
		{"own-refusal-of-region", fmt.Errorf("rdstls: %w: %w", rdstls.ErrUnverified, unknown(advicetest.RegionRoot(t, "us-east-1", instance))), rdstls.ReasonRegion, []string{`"us-east-1"`}},
		{"as-verify-may-report-it", refusal(fmt.Errorf("rdstls: %w", rdstls.ErrUnverified), advicetest.RegionRoot(t, "us-east-1", instance)), rdstls.ReasonRegion, []string{`"us-east-1"`}},
		{"own-refusal-of-other-CA", refusal(fmt.Errorf("rdstls: %w", rdstls.ErrUnverified), later), rdstls.ReasonConfig, []string{"a CA other than"}},
		{"right-region", wanting(instance, unknown(west)), rdstls.ReasonUnknownRoot, []string{`"eu-west-1"`, instance, "Options.Roots", "rdstls.ClientConfig"}},
		{"right-region-by-its-names", unknown(advicetest.RegionRoot(t, "eu-west-1", "x.example", instance)), rdstls.ReasonUnknownRoot, []string{`"eu-west-1"`}},
		{"right-region-without-system-roots", refusal(x509.SystemRootsError{}, advicetest.RegionRoot(t, "eu-west-1", instance)), rdstls.ReasonUnknownRoot, []string{`"eu-west-1"`}},
		{"commercial-for-global", wanting(globalWriter, unknown(east)), rdstls.ReasonUnknownRoot, []string{`"us-east-1"`}},
		{"amazon-for-shard-group", wanting(shardGroup, unknown(advicetest.AmazonRoot())), rdstls.ReasonAmazonTrust, []string{shardGroup, "express"}},
		{"amazon-alone", unknown(advicetest.AmazonRoot()), rdstls.ReasonAmazonTrust, []string{"RDS Proxy"}},
		{"amazon-for-proxy", wanting(proxy, unknown(advicetest.AmazonRoot())), rdstls.ReasonAmazonTrust, []string{proxy, "rdstls.ClientConfig"}},
		{"later-generation", unknown(later), rdstls.ReasonUnknownRoot, []string{`"Amazon RDS eu-west-1 Subordinate CA RSA2048 G2.A.3", unverified`, "e5bb2084ccf4", "2025-05-20"}},
		{"issuer-not-told", x509.UnknownAuthorityError{}, rdstls.ReasonNotRDS, []string{"does not tell"}},
		{"name-of-other-region", refusal(x509.HostnameError{Certificate: advicetest.RegionRoot(t, "us-east-1", elsewhere), Host: instance}, east), rdstls.ReasonName, []string{`"us-east-1"`, elsewhere, instance, "unverified"}},
		{"name-of-amazon", refusal(x509.HostnameError{Certificate: advicetest.AmazonRoot("*.example"), Host: instance}, advicetest.AmazonRoot()), rdstls.ReasonName, []string{"Amazon Trust Services", `"*.example"`}},
		{"name-with-port", x509.HostnameError{Certificate: east, Host: instance + ":5432"}, rdstls.ReasonName, []string{"without a port"}},
		{"rds-certificate-expired", refusal(x509.CertificateInvalidError{Cert: west, Reason: x509.Expired, Detail: "current time 2100-01-01T00:00:00Z is after 2061-05-21T00:00:00Z"}, west), rdstls.ReasonExpired, []string{`"eu-west-1"`, west.NotAfter.Format("2006-01-02"), "rotation"}},
		{"rds-certificate-from-the-future", refusal(x509.CertificateInvalidError{Cert: west, Reason: x509.Expired, Detail: "current time 1999-01-01T00:00:00Z is before 2021-05-21T00:00:00Z"}, west), rdstls.ReasonNotYetValid, []string{`"eu-west-1"`, "clock"}},
		{"expiry-without-detail", x509.CertificateInvalidError{Cert: &x509.Certificate{NotBefore: time.Now().Add(time.Hour)}, Reason: x509.Expired}, rdstls.ReasonNotYetValid, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			wantDiagnosis(t, tt.err, tt.want, tt.facts...)
		})
	}
}

// An attacker with a genuine instance in the same Region presents its genuine
// certificate. That must be seen as what it is, and never be recommended.
func TestDiagnoseNeverRecommendsCertificateNames(t *testing.T) {
	t.Parallel()
	const (
		evil        = "evil.cattacker77.eu-west-1.rds.amazonaws.com"
		evilCluster = "evil.cluster-cattacker77.eu-west-1.rds.amazonaws.com"
		evilReader  = "evil.cluster-ro-cattacker77.eu-west-1.rds.amazonaws.com"
		evilProxy   = "evil.proxy-cattacker77.eu-west-1.rds.amazonaws.com"
		lure        = "evil.cluster-c9akciq32.eu-west-1.rds.amazonaws.com" // by an attacker without a CA
	)
	ca, acm := testcerts.New("eu-west-1", testcerts.ECC384), testcerts.NewAmazonTrust()
	for _, tt := range []struct {
		host  string
		ca    *testcerts.Authority
		cert  tls.Certificate
		names []string
	}{
		{instance, ca, ca.Instance(evil), []string{evil}},
		{cluster, ca, ca.AuroraInstance(evil, evilCluster, evilReader), []string{evil, evilCluster, evilReader}},
		{custom, ca, ca.AuroraInstance(evil, evilCluster, evilReader), []string{evil, evilCluster, evilReader}},
		{custom, ca, ca.Instance(lure), []string{lure}},
		{reader, ca, ca.AuroraInstance(evil, evilCluster, evilReader), []string{evil, evilCluster, evilReader}},
		{proxyEndpoint, acm, acm.Proxy(evilProxy), []string{"*.proxy-cattacker77.eu-west-1.rds.amazonaws.com"}},
		{proxyEndpoint, acm, acm.Leaf(nil, evilProxy), []string{evilProxy}},
		{"alias.internal", ca, ca.Instance(evil), []string{evil}},
		{globalWriter, ca, ca.AuroraInstance(evil, evilCluster, evilReader), []string{evil, evilCluster, evilReader}},
	} {
		err := connect(t, mustConfig(t, tt.host, &rdstls.Options{Roots: tt.ca.Pool()}), serverWith(tt.cert)).clientErr
		wantDiagnosis(t, err, rdstls.ReasonName, "unverified")
		d, _ := rdstls.Diagnose(err)
		report, recommendation, ok := strings.Cut(d.Advice, `". `)
		if !ok {
			t.Fatalf("Diagnose(%v) = %q, want a report and a recommendation", err, d.Advice)
		}
		for _, name := range tt.names {
			if !strings.Contains(report, `"`+name) || strings.Index(report, "unverified") > strings.Index(report, name) {
				t.Errorf("Diagnose for %q = %q, want %q quoted and called unverified", tt.host, d.Advice, name)
			}
		}
		for _, part := range []string{"cattacker77", "evil"} {
			if strings.Contains(recommendation, part) {
				t.Errorf("Diagnose for %q recommends %q: %q", tt.host, part, recommendation)
			}
		}
	}
}

// Names and issuers are texts of whoever sent the certificate.
func TestDiagnoseQuotesCertificates(t *testing.T) {
	t.Parallel()
	const forged = "x\n\x00ERROR: all is well. \u202eSet sslmode"
	issuer := pkix.Name{CommonName: forged + strings.Repeat("A", 10_000)}
	names := []string{forged, strings.Repeat("long.", 10_000), "a", "b"}
	for range 10_000 {
		names = append(names, "many.example")
	}
	cert := &x509.Certificate{DNSNames: names, Issuer: issuer}
	for _, err := range []error{
		x509.HostnameError{Certificate: cert, Host: instance},
		unknown(cert),
		&rdstls.ConfigError{Setting: forged, Err: errors.New("why")},
		x509.HostnameError{Certificate: cert, Host: forged},
		x509.HostnameError{Certificate: cert, Host: "user:password@" + instance},
	} {
		d, ok := rdstls.Diagnose(err)
		if !ok {
			t.Errorf("Diagnose(%T) = false, want true", err)
		}
		for _, problem := range advicetest.Problems(errors.New(forged), d, "\n", "\x00", "\u202e", "user:password") {
			t.Errorf("Diagnose(%T) = %q: %s", err, d.Advice, problem)
		}
	}
	d, _ := rdstls.Diagnose(x509.HostnameError{Certificate: cert, Host: instance})
	if !strings.Contains(d.Advice, "and 10001 more") {
		t.Errorf("Diagnose of many names = %q, want their number", d.Advice)
	}
}
