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

// A trust says which embedded roots may vouch for an endpoint.
type trust struct {
	regions string // one Region, or everyRegion, or ""
	amazon  bool   // Amazon Trust Services
}

// everyRegion stands for all commercial Regions, and for those of GovCloud too
// together with Amazon Trust Services. No Region is called like that.
const everyRegion = "*"

// everything is the trust of a configuration that serves any endpoint.
var everything = trust{regions: everyRegion, amazon: true}

// trustOf returns which roots may vouch for e.
//
// Clusters and instances of the commercial Regions trust Amazon Trust Services
// besides their Region's roots: Aurora express clusters present its certificates,
// and their names are those of any cluster (Aurora user guide, "Creating an Aurora
// cluster with express configuration"). Proxies present them everywhere (RDS user
// guide, "Using TLS/SSL with RDS Proxy").
func trustOf(e Endpoint) (trust, error) {
	switch {
	case e.Partition != "aws" && e.Partition != "aws-us-gov":
		return trust{}, noRootsForPartition(e)
	case e.Kind == KindGlobal:
		return trust{regions: everyRegion}, nil
	case e.Kind == KindDSQL:
		return trust{amazon: true}, nil
	}
	if e.Kind == KindProxy {
		t := trust{amazon: true}
		if isEmbedded(e.Region) {
			t.regions = e.Region // should a proxy ever use its Region's own
		}
		return t, nil
	}
	if !isEmbedded(e.Region) {
		return trust{}, fmt.Errorf("%q: %w for Region %q in the bundle with SHA-256 %s; check its spelling, and if it is new, upgrade github.com/rdstls/go or set Options.Roots",
			e.Host, ErrNoRoots, e.Region, bundle.SHA256)
	}
	t := trust{regions: e.Region}
	switch e.Kind {
	case KindInstance, KindCluster, KindReader, KindCustom:
		t.amazon = e.Partition == "aws"
	}
	return t, nil
}

func noRootsForPartition(e Endpoint) error {
	advice := "set Options.Roots to those that AWS publishes for it"
	if url := truststoreOf(e.Partition); url != "" {
		advice = "set Options.Roots to bundle.ParsePool of " + url
	}
	return fmt.Errorf("%q: %w for partition %q; %s", e.Host, ErrNoRoots, e.Partition, advice)
}

// embedded are the Regions of the bundle, once they were asked for.
var embedded struct {
	once    sync.Once
	regions map[string]bool
}

// isEmbedded reports whether the bundle has the roots of a Region.
func isEmbedded(region string) bool {
	embedded.once.Do(func() {
		embedded.regions = map[string]bool{}
		for _, r := range bundle.Regions() {
			embedded.regions[r] = true
		}
	})
	return embedded.regions[region]
}

// includes reports whether the roots of a Region belong to t.
func (t trust) includes(region string) bool {
	if t.regions == everyRegion {
		return t.amazon || !strings.HasPrefix(region, "us-gov-")
	}
	return region == t.regions
}

// A lazyPool is built on first use. sync.OnceValue would do, but it has to be called
// before main, and importing this package costs nothing (TestImport in
// internal/performance).
type lazyPool struct {
	once sync.Once
	pool *x509.CertPool
}

func (l *lazyPool) get(t trust) *x509.CertPool {
	l.once.Do(func() { l.pool = t.build() })
	return l.pool
}

var (
	everyPool, commercialPool, amazonPool lazyPool

	// regionPools are the pools by trust. They do not grow with what callers ask for:
	// only Regions of the bundle enter them.
	regionPools sync.Map // trust to *lazyPool
)

// pool returns the roots of t. The pool is shared by all who verify such a server:
// it must not be modified, nor get out of this package but as a clone.
func (t trust) pool() *x509.CertPool {
	switch t {
	case everything:
		return everyPool.get(t)
	case trust{regions: everyRegion}:
		return commercialPool.get(t)
	case trust{amazon: true}:
		return amazonPool.get(t)
	}
	l, ok := regionPools.Load(t)
	if !ok {
		l, _ = regionPools.LoadOrStore(t, new(lazyPool))
	}
	return l.(*lazyPool).get(t)
}

func (t trust) build() *x509.CertPool {
	pool := x509.NewCertPool()
	if t.amazon {
		pool = bundle.AmazonTrust()
	}
	for _, region := range bundle.Regions() {
		if t.includes(region) {
			bundle.AddRegion(pool, region)
		}
	}
	return pool
}

// Roots returns the root certificates that [ClientConfig] trusts for host if no
// options are given. Use it to write a file for clients in other languages. The
// roots of RDS come first, by Region and subject, then those of Amazon Trust
// Services. Each call parses them anew; the caller may modify the result.
//
// Errors are those of ClientConfig: they are of type [*ConfigError] and match
// [ErrNotEndpoint] or [ErrNoRoots].
func Roots(host string) ([]*x509.Certificate, error) {
	endpoint, err := parseEndpoint(host)
	if err != nil {
		return nil, &ConfigError{Setting: "host", Err: err}
	}
	t, err := trustOf(endpoint)
	if err != nil {
		return nil, &ConfigError{Setting: "host", Err: err}
	}
	var roots []*x509.Certificate
	for _, region := range bundle.Regions() {
		if t.includes(region) {
			certificates, _ := bundle.RegionRoots(region)
			roots = append(roots, certificates...)
		}
	}
	if t.amazon {
		roots = append(roots, bundle.AmazonTrustRoots()...)
	}
	return roots, nil
}
