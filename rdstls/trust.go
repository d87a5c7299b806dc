package rdstls

import (
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/rdstls/go/bundle"
)

var errEmptyRoots = errors.New("the pool of Options.Roots is empty")

// trusted returns the roots that may vouch for e. The pool is shared by all who
// verify such a server: it must not be modified, nor get out of this package
// but as a clone.
func trusted(e Endpoint) (*x509.CertPool, error) {
	switch {
	case e.Kind == KindGlobal:
		return commercialRoots(), nil
	case e.Partition != "aws" && e.Partition != "aws-us-gov":
		return nil, noRootsForPartition(e)
	case e.Kind == KindProxy:
		return proxyRoots(e.Region), nil
	}
	if pool, ok := regionalRoots(e.Region); ok {
		return pool, nil
	}
	return nil, fmt.Errorf("%q: %w for Region %q in the bundle with SHA-256 %s; upgrade github.com/rdstls/go, or set Options.Roots",
		e.Host, ErrNoRoots, e.Region, bundle.SHA256)
}

func noRootsForPartition(e Endpoint) error {
	advice := "set Options.Roots to those that AWS publishes for it"
	if url := truststoreOf(e.Partition); url != "" {
		advice = "set Options.Roots to bundle.ParsePool of " + url
	}
	return fmt.Errorf("%q: %w for partition %q; %s", e.Host, ErrNoRoots, e.Partition, advice)
}

// The pools by Region, once built. They do not grow with what callers ask for:
// only Regions of the bundle enter them.
var regionalPools, proxyPools sync.Map // string to *x509.CertPool

// regionalRoots returns the Region's roots, if the bundle has them.
func regionalRoots(region string) (*x509.CertPool, bool) {
	if pool, ok := regionalPools.Load(region); ok {
		return pool.(*x509.CertPool), true
	}
	pool, ok := bundle.Pool(region)
	if !ok {
		return nil, false
	}
	shared, _ := regionalPools.LoadOrStore(region, pool)
	return shared.(*x509.CertPool), true
}

// proxyRoots returns Amazon Trust Services, to which the certificates of RDS
// Proxy chain (RDS user guide, "Using TLS/SSL with RDS Proxy"), and the Region's
// own roots, where the bundle has them, should a proxy ever use those.
func proxyRoots(region string) *x509.CertPool {
	if pool, ok := proxyPools.Load(region); ok {
		return pool.(*x509.CertPool)
	}
	pool := bundle.AmazonTrust()
	if !bundle.AddRegion(pool, region) {
		return pool
	}
	shared, _ := proxyPools.LoadOrStore(region, pool)
	return shared.(*x509.CertPool)
}

// A lazyPool is built on first use: nothing is parsed at program start.
type lazyPool struct {
	once sync.Once
	pool *x509.CertPool
}

// get returns the pool.
func (l *lazyPool) get(build func() *x509.CertPool) *x509.CertPool {
	l.once.Do(func() { l.pool = build() })
	return l.pool
}

var commercialPool, everyPool lazyPool

// commercialRoots returns the roots of every Region of the
// partition "aws".
func commercialRoots() *x509.CertPool {
	return commercialPool.get(func() *x509.CertPool {
		pool := x509.NewCertPool()
		for _, region := range bundle.Regions() {
			if !strings.HasPrefix(region, "us-gov-") {
				bundle.AddRegion(pool, region)
			}
		}
		return pool
	})
}

// everyRoot returns all embedded roots.
func everyRoot() *x509.CertPool {
	return everyPool.get(func() *x509.CertPool {
		pool := bundle.AmazonTrust()
		for _, region := range bundle.Regions() {
			bundle.AddRegion(pool, region)
		}
		return pool
	})
}
