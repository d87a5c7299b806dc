package bundle_test

import (
	"crypto/x509"
	"runtime"
	"testing"

	"github.com/rdstls/go/bundle"
)

func BenchmarkPoolFirst(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		bundle.NewRegionPool("eu-west-1")
	}
}

// BenchmarkPoolFirstAddCert is the alternative to BenchmarkPoolFirst. It is a little faster; see
// BenchmarkRetained for its price.
func BenchmarkPoolFirstAddCert(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		bundle.NewParsedRegionPool("eu-west-1")
	}
}

func BenchmarkPool(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		bundle.Pool("eu-west-1")
	}
}

func BenchmarkRoots(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		for range bundle.Roots() {
		}
	}
}

func BenchmarkParsePool(b *testing.B) {
	text := bundle.PEM()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bundle.ParsePool(text); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkRetained reports how much memory a Region's pool keeps in use.
func BenchmarkRetained(b *testing.B) {
	for _, bm := range []struct {
		name string
		make func(region string) *x509.CertPool
	}{
		{"pem", bundle.NewRegionPool},
		{"add-cert", bundle.NewParsedRegionPool},
	} {
		b.Run(bm.name, func(b *testing.B) {
			var retained uint64
			for b.Loop() {
				retained = retainedBy(bm.make)
			}
			b.ReportMetric(float64(retained), "retained-B/region")
		})
	}
}

// retainedBy returns the bytes of heap that the pools of all Regions keep, per Region.
func retainedBy(newPool func(region string) *x509.CertPool) uint64 {
	regions := bundle.Regions()
	pools := make([]*x509.CertPool, 0, len(regions))
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for _, region := range regions {
		pools = append(pools, newPool(region))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(pools)
	return (after.HeapAlloc - before.HeapAlloc) / uint64(len(regions))
}
