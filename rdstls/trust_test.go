package rdstls_test

import (
	"crypto/x509"
	"errors"
	"strings"
	"testing"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

// rootsOf returns a pool of the embedded roots of the Regions that keep.
func rootsOf(amazonTrust bool, keep func(region string) bool) *x509.CertPool {
	pool := x509.NewCertPool()
	if amazonTrust {
		pool = bundle.AmazonTrust()
	}
	for root := range bundle.Roots() {
		if keep(root.Region) {
			pool.AddCert(root.Certificate)
		}
	}
	return pool
}

func only(regions ...string) func(string) bool {
	return func(region string) bool {
		for _, r := range regions {
			if r == region {
				return true
			}
		}
		return false
	}
}

func commercial(region string) bool { return !strings.HasPrefix(region, "us-gov-") }

// The trust table of the package comment.
func TestTrust(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]*x509.CertPool{
		"db.c9akciq32.us-east-1.rds.amazonaws.com":               rootsOf(true, only("us-east-1")),
		"db.c9akciq32.eu-west-1.rds.amazonaws.com":               rootsOf(true, only("eu-west-1")),
		"a.cluster-c9akciq32.eu-west-1.rds.amazonaws.com":        rootsOf(true, only("eu-west-1")),
		"a.cluster-ro-c9akciq32.eu-west-1.rds.amazonaws.com":     rootsOf(true, only("eu-west-1")),
		"a.cluster-custom-c9akciq32.us-east-2.rds.amazonaws.com": rootsOf(true, only("us-east-2")),
		"s.shardgrp-c9akciq32.eu-west-1.rds.amazonaws.com":       rootsOf(false, only("eu-west-1")),
		"d.cluster-c9akciq32.ap-south-1.docdb.amazonaws.com":     rootsOf(false, only("ap-south-1")),
		"db.c9akciq32.us-gov-west-1.rds.amazonaws.com":           rootsOf(false, only("us-gov-west-1")),
		"db.c9akciq32.rds.us-gov-east-1.amazonaws.com":           rootsOf(false, only("us-gov-east-1")),
		"p.proxy-c9akciq32.eu-west-1.rds.amazonaws.com":          rootsOf(true, only("eu-west-1")),
		"r.endpoint.proxy-c9akciq32.eu-west-1.rds.amazonaws.com": rootsOf(true, only("eu-west-1")),
		"p.proxy-c9akciq32.us-gov-west-1.rds.amazonaws.com":      rootsOf(true, only("us-gov-west-1")),
		"p.proxy-c9akciq32.eu-south-9.rds.amazonaws.com":         rootsOf(true, only()),
		"g.global-c9akciq32.global.rds.amazonaws.com":            rootsOf(false, commercial),
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql.us-east-1.on.aws":       rootsOf(true, only()),
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql-fnh4.us-east-1.on.aws":  rootsOf(true, only()),
	} {
		cfg := mustConfig(t, host, nil)
		if !cfg.RootCAs.Equal(want) {
			t.Errorf("ClientConfig(%q).RootCAs is not what may vouch for it", host)
		}
		if cfg.ServerName != host {
			t.Errorf("ClientConfig(%q).ServerName = %q", host, cfg.ServerName)
		}
	}
	shared := sharedConfig(t, nil)
	if !shared.RootCAs.Equal(rootsOf(true, func(string) bool { return true })) {
		t.Error("SharedConfig(nil).RootCAs is not every embedded root")
	}
}

// Three roots have every Region, so "exactly those of the Region" is not "none".
func TestTrustCounts(t *testing.T) {
	t.Parallel()
	for _, region := range bundle.Regions() {
		n := 0
		cfg := mustConfig(t, "db.c9akciq32."+region+".rds.amazonaws.com", nil)
		for root := range bundle.Roots() {
			if holds(cfg.RootCAs, root.Certificate) {
				n++
			}
		}
		if n != 3 {
			t.Errorf("%s: RootCAs holds %d of the bundle's roots, want 3", region, n)
		}
	}
}

// Beta and Preview roots are in AWS's file and in nobody's trust.
func TestTrustNoBetaNoPreview(t *testing.T) {
	t.Parallel()
	every, err := bundle.ParsePool(bundle.PEM())
	if err != nil {
		t.Fatal(err)
	}
	shared := sharedConfig(t, nil)
	unreleased := 0
	for _, block := range strings.SplitAfter(string(bundle.PEM()), "-----END CERTIFICATE-----\n") {
		pool, err := bundle.ParsePool([]byte(block))
		if err != nil {
			continue // what follows the last block
		}
		cert := certificateOf(t, block)
		if cn := cert.Subject.CommonName; !strings.Contains(cn, "Beta") && !strings.Contains(cn, "Preview") {
			continue
		}
		unreleased++
		if !holds(pool, cert) || !holds(every, cert) {
			t.Fatalf("%q: the test does not see what a pool holds", cert.Subject)
		}
		for _, host := range []string{
			"db.c9akciq32.us-east-1.rds.amazonaws.com", "db.c9akciq32.us-east-2.rds.amazonaws.com",
			"p.proxy-c9akciq32.us-east-1.rds.amazonaws.com", "g.global-c9akciq32.global.rds.amazonaws.com",
		} {
			if holds(mustConfig(t, host, nil).RootCAs, cert) {
				t.Errorf("ClientConfig(%q) trusts %q", host, cert.Subject)
			}
		}
		if holds(shared.RootCAs, cert) {
			t.Errorf("SharedConfig(nil) trusts %q", cert.Subject)
		}
	}
	if unreleased != 6 {
		t.Errorf("found %d Beta and Preview roots, want 6", unreleased)
	}
}

func TestNoRoots(t *testing.T) {
	t.Parallel()
	for host, words := range map[string][]string{
		"db.c9akciq32.eu-south-9.rds.amazonaws.com":                {`"eu-south-9"`, bundle.SHA256, "Options.Roots"},
		"db.c9akciq32.us-gov-north-1.rds.amazonaws.com":            {`"us-gov-north-1"`, bundle.SHA256},
		"db.c9akciq32.rds.cn-north-1.amazonaws.com.cn":             {"https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/", "Options.Roots"},
		"p.proxy-c9akciq32.rds.cn-north-1.amazonaws.com.cn":        {"aws-cn"},
		"db.c9akciq32.rds.us-iso-east-1.c2s.ic.gov":                {`"aws-iso"`, "Options.Roots"},
		"dev.cluster-czk84imkkq6n.eusc-de-east-1.rds.amazonaws.eu": {`"aws-eusc"`, "Options.Roots"},
	} {
		_, err := rdstls.ClientConfig(host, nil)
		wantConfigError(t, err, "host", rdstls.ErrNoRoots, words...)
		if _, err := rdstls.ClientConfig("localhost", &rdstls.Options{ServerName: host}); err != nil {
			wantConfigError(t, err, "ServerName", rdstls.ErrNoRoots)
		}
		// With roots of the user's own, it is an endpoint like any other.
		ca := testcerts.New("cn-north-1", testcerts.ECC384)
		wantConnected(t, connect(t, mustConfig(t, host, &rdstls.Options{Roots: ca.Pool()}), serverWith(ca.Instance(host))))
	}
}

// What a caller adds to a configuration's pool is nobody else's trust.
func TestPoolsAreSeparate(t *testing.T) {
	t.Parallel()
	stranger := testcerts.New("eu-west-1", testcerts.ECC384).Root()
	for _, host := range []string{instance, proxy, "g.global-c9akciq32.global.rds.amazonaws.com"} {
		mustConfig(t, host, nil).RootCAs.AddCert(stranger)
		if holds(mustConfig(t, host, nil).RootCAs, stranger) {
			t.Errorf("%q: a root added to one configuration is in the next", host)
		}
	}
	shared := sharedConfig(t, nil)
	shared.RootCAs.AddCert(stranger)
	if holds(sharedConfig(t, nil).RootCAs, stranger) {
		t.Error("a root added to one shared configuration is in the next")
	}
	shared.ServerName = instance
	wantRefused(t, connect(t, shared, serverWith(testcerts.New("eu-west-1", testcerts.ECC384).Instance(instance))))
	roots := testcerts.New("us-east-1", testcerts.ECC384).Pool()
	cfg := mustConfig(t, instance, &rdstls.Options{Roots: roots})
	roots.AddCert(stranger)
	if holds(cfg.RootCAs, stranger) {
		t.Error("a root added to Options.Roots later is trusted")
	}
	wantRefused(t, connect(t, cfg, serverWith(testcerts.New("eu-west-1", testcerts.ECC384).Instance(instance))))
	cfg.RootCAs = roots // even if crypto/tls is told to trust it
	wantRefused(t, connect(t, cfg, serverWith(testcerts.New("eu-west-1", testcerts.ECC384).Instance(instance))))
	roots = testcerts.New("us-east-1", testcerts.ECC384).Pool()
	shared = sharedConfig(t, &rdstls.Options{Roots: roots})
	roots.AddCert(stranger)
	if holds(shared.RootCAs, stranger) {
		t.Error("a root added to Options.Roots of SharedConfig later is trusted")
	}
	shared.RootCAs.AddCert(stranger)
	shared.ServerName = instance
	wantRefused(t, connect(t, shared, serverWith(testcerts.New("eu-west-1", testcerts.ECC384).Instance(instance))))
}

// holds reports whether pool holds cert: a certificate of the pool is its own
// chain.
func holds(pool *x509.CertPool, cert *x509.Certificate) bool {
	chains, err := cert.Verify(x509.VerifyOptions{
		Roots:       pool,
		CurrentTime: cert.NotBefore,
		KeyUsages:   []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err == nil && len(chains) == 1 && len(chains[0]) == 1
}

// wantConfigError demands a ConfigError for setting that matches sentinel, if
// not nil, and whose text has the words.
func wantConfigError(t *testing.T, err error, setting string, sentinel error, words ...string) {
	t.Helper()
	var refused *rdstls.ConfigError
	if !errors.As(err, &refused) || refused.Setting != setting || sentinel != nil && !errors.Is(err, sentinel) {
		t.Errorf("error %v, want a ConfigError of %s that matches %v", err, setting, sentinel)
		return
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("error %q does not say %s", err, word)
		}
	}
}
