package bundle_test

import (
	"crypto/x509"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rdstls/go/bundle"
)

// trusts reports whether pool holds the root cert. Dates do not matter.
func trusts(pool *x509.CertPool, cert *x509.Certificate) bool {
	_, err := cert.Verify(x509.VerifyOptions{
		Roots:       pool,
		CurrentTime: cert.NotBefore.Add(time.Hour),
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil
}

func TestPEMReturnsCopy(t *testing.T) {
	t.Parallel()
	clear(bundle.PEM())
	if sha256Hex(bundle.PEM()) != bundle.SHA256 {
		t.Error("writing to the result of PEM changes the next")
	}
}

func TestRegions(t *testing.T) {
	t.Parallel()
	regions := bundle.Regions()
	if len(regions) != 36 || !slices.IsSorted(regions) || len(slices.Compact(slices.Clone(regions))) != 36 {
		t.Errorf("Regions() = %q, want 36, sorted", regions)
	}
	for _, region := range []string{"us-east-1", "us-gov-west-1", "ap-southeast-6"} {
		if !slices.Contains(regions, region) {
			t.Errorf("Regions() lacks %q", region)
		}
	}
	clear(regions)
	if slices.Contains(bundle.Regions(), "") {
		t.Error("writing to the result of Regions changes the next")
	}
}

// TestNewest checks that the generated place is that of the root that was issued last.
func TestNewest(t *testing.T) {
	t.Parallel()
	newest, found := bundle.Newest(), false
	for root := range bundle.Roots() {
		if root.Certificate.NotBefore.After(newest.Certificate.NotBefore) {
			t.Errorf("%q is newer than %q", root.Certificate.Subject, newest.Certificate.Subject)
		}
		found = found || root.Region == newest.Region && root.Certificate.Equal(newest.Certificate)
	}
	if !found {
		t.Errorf("%q of %q is not among the roots", newest.Certificate.Subject, newest.Region)
	}
}

func TestRoots(t *testing.T) {
	t.Parallel()
	roots := slices.Collect(bundle.Roots())
	index := bundle.RootIndex()
	if len(roots) != 108 || len(index) != 108 {
		t.Fatalf("%d roots, %d entries, want 108", len(roots), len(index))
	}
	for i, root := range roots {
		if root.Region != index[i].Region || sha256Hex(root.Certificate.Raw) != index[i].SHA256 {
			t.Errorf("root %d is %q of %q, want %q", i, root.Certificate.Subject, root.Region, index[i].Subject)
		}
	}
}

func TestRootsStopsEarly(t *testing.T) {
	t.Parallel()
	n := 0
	for range bundle.Roots() {
		if n++; n == 5 {
			break
		}
	}
	if n != 5 {
		t.Errorf("%d roots after a break at the fifth", n)
	}
}

// TestPool asks every pool about every root, excluded and public ones included.
func TestPool(t *testing.T) {
	t.Parallel()
	roots := slices.Concat(bundle.RootIndex(), bundle.ExcludedIndex(), bundle.AmazonTrustIndex())
	certs := make([]*x509.Certificate, len(roots))
	for i, a := range roots {
		certs[i] = certificatesOf(t, string(a.Block))[0]
	}
	for _, region := range bundle.Regions() {
		pool, ok := bundle.Pool(region)
		if !ok || pool == nil {
			t.Fatalf("Pool(%q) = %v, %v", region, pool, ok)
		}
		n := 0
		for i, a := range roots {
			got := trusts(pool, certs[i])
			if want := a.Region == region; got != want {
				t.Errorf("Pool(%q) holds %q: %v, want %v", region, a.Subject, got, want)
			}
			if got {
				n++
			}
		}
		if n != 3 {
			t.Errorf("Pool(%q) holds %d roots, want 3", region, n)
		}
	}
}

func TestAddRegion(t *testing.T) {
	t.Parallel()
	for _, region := range bundle.Regions() {
		pool := x509.NewCertPool()
		want, _ := bundle.Pool(region)
		if !bundle.AddRegion(pool, region) || !pool.Equal(want) {
			t.Errorf("AddRegion(pool, %q) does not add what Pool(%q) holds", region, region)
		}
	}
	pool := x509.NewCertPool()
	if bundle.AddRegion(pool, "cn-north-1") || !pool.Equal(x509.NewCertPool()) {
		t.Error(`AddRegion(pool, "cn-north-1") adds roots, want none and false`)
	}
}

func TestPoolUnknown(t *testing.T) {
	t.Parallel()
	for _, region := range []string{
		"", "us-east-9", "us-east", "us-east-1 ", " us-east-1", "US-EAST-1", "us-east-1\x00", "us-east-11",
		"Beta us-east-1", "Preview us-east-2", "beta-us-east-1", "aa", "zz", "cn-north-1", "us-gov", "eusc-de-east-1",
	} {
		if pool, ok := bundle.Pool(region); pool != nil || ok {
			t.Errorf("Pool(%q) = %v, %v, want nil, false", region, pool, ok)
		}
	}
}

func TestAmazonTrust(t *testing.T) {
	t.Parallel()
	pool := bundle.AmazonTrust()
	for _, a := range bundle.AmazonTrustIndex() {
		if !trusts(pool, certificatesOf(t, string(a.Block))[0]) {
			t.Errorf("AmazonTrust() lacks %q", a.Subject)
		}
	}
	for root := range bundle.Roots() {
		if trusts(pool, root.Certificate) {
			t.Errorf("AmazonTrust() holds %q", root.Certificate.Subject)
		}
	}
	want, err := bundle.ParsePool([]byte(bundle.AmazonTrustPEM()))
	if err != nil || !pool.Equal(want) {
		t.Errorf("AmazonTrust() is not the file: %v", err)
	}
}

// TestIsolation adds to a pool that was handed out.
func TestIsolation(t *testing.T) {
	t.Parallel()
	stranger := newCA(t, "stranger").cert
	for _, tt := range []struct {
		name string
		pool func() *x509.CertPool
	}{
		{"region", func() *x509.CertPool { pool, _ := bundle.Pool("eu-west-1"); return pool }},
		{"gov-cloud", func() *x509.CertPool { pool, _ := bundle.Pool("us-gov-west-1"); return pool }},
		{"amazon-trust", bundle.AmazonTrust},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			first := tt.pool()
			first.AddCert(stranger)
			second := tt.pool()
			if !trusts(first, stranger) || trusts(second, stranger) || first.Equal(second) {
				t.Error("adding to a pool changes the next one")
			}
		})
	}
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	stranger := newCA(t, "stranger").cert
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for _, region := range bundle.Regions() {
				pool, ok := bundle.Pool(region)
				if !ok || trusts(pool, stranger) {
					t.Errorf("Pool(%q) = %v, %v", region, pool, ok)
					return
				}
				pool.AddCert(stranger)
			}
			bundle.AmazonTrust().AddCert(stranger)
			for range bundle.Roots() {
				break
			}
		})
	}
	wg.Wait()
}
