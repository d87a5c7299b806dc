package rdstls_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"testing"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/internal/testcerts"
	"github.com/rdstls/go/rdstls"
)

func TestSharedConfigRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		setting, advice string
		opts            *rdstls.Options
	}{
		{"ServerName", "use ClientConfig", &rdstls.Options{ServerName: instance}},
		{"Base.ServerName", "use ClientConfig", &rdstls.Options{Base: &tls.Config{ServerName: instance}}},
		{"Password", "use a driver adapter", &rdstls.Options{Password: func(context.Context, string, string) (string, error) { return "", nil }}},
		{"Roots", "empty", &rdstls.Options{Roots: x509.NewCertPool()}},
	} {
		_, err := rdstls.SharedConfig(tt.opts)
		wantConfigError(t, err, tt.setting, nil, tt.advice)
	}
}

// Nobody can sign with AWS's keys in a test. But VerifyConnection takes the
// chains that crypto/tls verified, and the chains can be made: a leaf for name,
// under a root of the bundle.
func chainTo(name string, root *x509.Certificate) tls.ConnectionState {
	leaf := testcerts.New("eu-west-1", testcerts.ECC384).Instance(name).Leaf
	return tls.ConnectionState{
		ServerName:       name,
		PeerCertificates: []*x509.Certificate{leaf},
		VerifiedChains:   [][]*x509.Certificate{{leaf, root}},
	}
}

// Every embedded root is in RootCAs, and vouches for the endpoints of its own
// Region alone, with one exception: the global writer endpoint.
func TestSharedConfigScopesRegions(t *testing.T) {
	t.Parallel()
	shared := sharedConfig(t, nil)
	const (
		proxyName  = "p.proxy-c9akciq32.eu-west-1.rds.amazonaws.com"
		globalName = "g.global-c9akciq32.global.rds.amazonaws.com"
		govName    = "db.c9akciq32.us-gov-west-1.rds.amazonaws.com"
	)
	for root := range bundle.Roots() {
		for name, want := range map[string]bool{
			instance:  root.Region == "eu-west-1",
			proxyName: root.Region == "eu-west-1",
			"db.c9akciq32." + root.Region + ".rds.amazonaws.com": true,
			govName:    root.Region == "us-gov-west-1",
			globalName: commercial(root.Region),
		} {
			cs := chainTo(name, root.Certificate)
			if err := shared.VerifyConnection(cs); (err == nil) != want {
				t.Errorf("%q under a root of %s: %v, want accepted: %v", name, root.Region, err, want)
			} else if err != nil && !errors.Is(err, rdstls.ErrUnverified) {
				t.Errorf("%q under a root of %s: %v, want ErrUnverified", name, root.Region, err)
			}
			own := mustConfig(t, name, nil)
			if err := own.VerifyConnection(cs); (err == nil) != want {
				t.Errorf("ClientConfig(%q) under a root of %s: %v, want accepted: %v", name, root.Region, err, want)
			}
		}
	}
}

func TestSharedConfigRefusesNames(t *testing.T) {
	t.Parallel()
	shared := sharedConfig(t, nil)
	var root *x509.Certificate
	for r := range bundle.Roots() {
		if r.Region == "eu-west-1" {
			root = r.Certificate
		}
	}
	if err := shared.VerifyConnection(chainTo(instance, root)); err != nil {
		t.Fatalf("VerifyConnection = %v, want nil", err)
	}
	for name, sentinel := range map[string]error{
		"":            rdstls.ErrNotEndpoint, // crypto/tls reports no name for IP addresses
		"localhost":   rdstls.ErrNotEndpoint,
		"db.internal": rdstls.ErrNotEndpoint,
		"db.c9akciq32.eu-south-9.rds.amazonaws.com":    rdstls.ErrNoRoots,
		"db.c9akciq32.rds.cn-north-1.amazonaws.com.cn": rdstls.ErrNoRoots,
		other: rdstls.ErrUnverified, // not the leaf's name
	} {
		cs := chainTo(instance, root)
		cs.ServerName = name
		if err := shared.VerifyConnection(cs); !errors.Is(err, rdstls.ErrUnverified) || !errors.Is(err, sentinel) {
			t.Errorf("ServerName %q: %v, want ErrUnverified and %v", name, err, sentinel)
		}
	}
	// Weakened later: no chain.
	cs := chainTo(instance, root)
	cs.VerifiedChains = nil
	if err := shared.VerifyConnection(cs); !errors.Is(err, rdstls.ErrUnverified) {
		t.Errorf("without a verified chain: %v, want ErrUnverified", err)
	}
}

func TestSharedConfigRoots(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.ECC384)
	shared := sharedConfig(t, &rdstls.Options{Roots: ca.Pool()})
	named := func(name string) *tls.Config {
		cfg := shared.Clone()
		cfg.ServerName = name
		return cfg
	}
	server := serverWith(ca.AuroraInstance(instance, cluster, reader))
	for _, name := range []string{instance, cluster, reader} {
		wantConnected(t, connect(t, named(name), server))
	}
	wantRefused(t, connect(t, named(other), server))
	wantRefused(t, connect(t, named(""), server))
	wantRefused(t, connect(t, named(instance), serverWith(ca.Impostor().Instance(instance))))
	weak := named(instance)
	weak.InsecureSkipVerify = true
	wantRefused(t, connect(t, weak, serverWith(ca.Impostor().Instance(instance))))
}
