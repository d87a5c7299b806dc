package rdstls_test

import (
	"testing"

	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// BenchmarkClientConfig is a later configuration: the roots of the Region were
// parsed for the first (bundle's BenchmarkPoolFirst).
func BenchmarkClientConfig(b *testing.B) {
	for name, host := range map[string]string{"instance": instance, "proxy": proxy, "global": "g.global-c9akciq32.global.rds.amazonaws.com"} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := rdstls.ClientConfig(host, nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkSharedConfig(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rdstls.SharedConfig(nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerifyConnection is what this package adds to a handshake.
func BenchmarkVerifyConnection(b *testing.B) {
	ca := testcerts.New("eu-west-1", testcerts.RSA2048)
	cfg, err := rdstls.ClientConfig(instance, &rdstls.Options{Roots: ca.Pool()})
	if err != nil {
		b.Fatal(err)
	}
	leaf := ca.Instance(instance).Leaf
	cs := chainTo(instance, ca.Root())
	cs.PeerCertificates[0], cs.VerifiedChains[0][0] = leaf, leaf
	b.ReportAllocs()
	for b.Loop() {
		if err := cfg.VerifyConnection(cs); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseEndpoint(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := rdstls.ParseEndpoint(instance); err != nil {
			b.Fatal(err)
		}
	}
}
