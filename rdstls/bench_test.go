package rdstls_test

import (
	"fmt"
	"testing"

	"github.com/rdstls/go/bundle"
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

// BenchmarkEndpoints makes the configurations of many endpoints, spread over all
// Regions. The time for each should not grow with their number.
func BenchmarkEndpoints(b *testing.B) {
	regions := bundle.Regions()
	for _, n := range []int{1, 10, 100, 1000} {
		hosts := make([]string, n)
		for i := range hosts {
			hosts[i] = fmt.Sprintf("db%d.c9akciq32.%s.rds.amazonaws.com", i, regions[i%len(regions)])
		}
		b.Run(fmt.Sprintf("n=%d", n), func(b *testing.B) {
			for b.Loop() {
				for _, host := range hosts {
					if _, err := rdstls.ClientConfig(host, nil); err != nil {
						b.Fatal(err)
					}
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/endpoint")
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
