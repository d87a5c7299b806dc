package testcerts_test

import (
	"crypto/fips140"
	"crypto/tls"
	"fmt"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/testcerts"
)

// refusals says, for each case of Bad, what crypto/tls of Go 1.25 and 1.26 says about it.
// A client that refuses for another reason has not been tested by that case.
var refusals = map[string]string{
	"self-signed":          "certificate signed by unknown authority",
	"self-signed-ca":       "certificate signed by unknown authority",
	"cloned-root":          `verify candidate authority certificate "Amazon RDS us-east-1 Root CA`,
	"other-region":         "certificate signed by unknown authority",
	"missing-intermediate": "certificate signed by unknown authority",
	"stolen-certificate":   "invalid signature by the server certificate",

	"expired-intermediate":           "is after 2001-01-01T00:00:00Z",
	"client-only-intermediate":       "certificate specifies an incompatible key usage",
	"intermediate-without-cert-sign": "parent certificate cannot sign this kind of certificate",
	"name-constraint":                "is not permitted by any constraint",
	"sha1-intermediate":              "cannot verify signature: insecure algorithm",
	"instance-as-issuer":             "parent certificate cannot sign this kind of certificate",
	"path-length":                    "too many intermediates for path length constraint",
	"path-building-bomb":             "signature check attempts limit reached",

	"expired":                    "is after 2001-01-01T00:00:00Z",
	"not-yet-valid":              "is before 2099-01-01T00:00:00Z",
	"client-certificate":         "certificate specifies an incompatible key usage",
	"unknown-critical-extension": "unhandled critical extension",
	"sha1-leaf":                  "cannot verify signature: insecure algorithm",
	"md5-leaf":                   "cannot verify signature: insecure algorithm MD5-RSA",

	"other-host":        "is valid for attacker-" + instance + ", not " + instance,
	"common-name-only":  "certificate relies on legacy Common Name field",
	"wildcard-too-high": "is valid for *.us-east-1.rds.amazonaws.com, not " + instance,
	"partial-wildcard":  "is valid for d*.c9akciq32rgc.us-east-1.rds.amazonaws.com, not " + instance,
	"nul-in-name":       "is valid for " + instance + "\x00.attacker.example, not " + instance,
	"trailing-dot":      "is valid for " + instance + "., not " + instance,
	"blanks":            "is valid for  " + instance + ", " + instance + " , " + instance + "\t, not " + instance,
	"suffix":            "is valid for " + instance + ".attacker.example, x" + instance + ", not " + instance,
	"ip-address-only":   "certificate is not valid for any names, but wanted to match " + instance,
	"email-only":        "certificate is not valid for any names, but wanted to match " + instance,

	"10000-names":           "exceeds maximum of 262144 bytes",
	"300-junk-certificates": "exceeds maximum of 262144 bytes",
	"rsa-512":               "512-bit keys are insecure",
	"rsa-768":               "768-bit keys are insecure",
	"rsa-16384":             "RSA key larger than 8192 bits",
}

func TestBad(t *testing.T) {
	t.Parallel()
	for _, key := range []testcerts.KeyType{testcerts.RSA2048, testcerts.ECC384} {
		a := testcerts.New("us-east-1", key)
		seen := map[string]bool{}
		for _, bad := range testcerts.Bad(a, instance) {
			seen[bad.Name] = true
			for version, v := range versions {
				t.Run(fmt.Sprintf("%s-%s-%s", bad.Name, key, version), func(t *testing.T) {
					t.Parallel()
					want, ok := refusals[bad.Name]
					if !ok {
						t.Fatalf("no refusal is written down for %s", bad.Name)
					}
					small := bad.Name == "rsa-512" || bad.Name == "rsa-768"
					switch {
					case small && fips140.Enabled():
						want = "no FIPS compatible certificate chains found" // which is looked at first
					case bad.Name == "rsa-512" && v == tls.VersionTLS13:
						want = "certificate used with invalid signature algorithm" // too small for PSS
					}
					client := &tls.Config{RootCAs: a.Pool(), ServerName: instance, MaxVersion: v}
					err := handshake(t, client, &tls.Config{Certificates: []tls.Certificate{bad.Cert}})
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("handshake = %v, want an error with %q", err, want)
					}
				})
			}
		}
		for name := range refusals {
			if !seen[name] {
				t.Errorf("Bad has no case %q", name)
			}
		}
	}
}
