package rdstls_test

import (
	"crypto/x509"
	"errors"
	"testing"

	"github.com/rdstls/go/rdstls"
)

// TestRoots checks that Roots returns exactly what ClientConfig trusts, and its errors.
func TestRoots(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]int{
		"db.c9akciq32.eu-west-1.rds.amazonaws.com":             8,
		"s.shardgrp-c9akciq32.eu-west-1.rds.amazonaws.com":     3,
		"d.cluster-c9akciq32.ap-south-1.docdb.amazonaws.com":   3,
		"db.c9akciq32.us-gov-west-1.rds.amazonaws.com":         3,
		"p.proxy-c9akciq32.eu-west-1.rds.amazonaws.com":        8,
		"p.proxy-c9akciq32.eu-south-9.rds.amazonaws.com":       5,
		"g.global-c9akciq32.global.rds.amazonaws.com":          102,
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql.eu-west-1.on.aws":     5,
		"DB.C9AKCIQ32.EU-WEST-1.RDS.AMAZONAWS.COM.":            8,
		"a.cluster-c9akciq32.ap-southeast-6.rds.amazonaws.com": 8,
	} {
		roots, err := rdstls.Roots(host)
		if err != nil || len(roots) != want {
			t.Errorf("Roots(%q) returns %d certificates and %v, want %d", host, len(roots), err, want)
		}
		pool := x509.NewCertPool()
		for _, root := range roots {
			pool.AddCert(root)
		}
		if !pool.Equal(mustConfig(t, host, nil).RootCAs) {
			t.Errorf("Roots(%q) is not what ClientConfig trusts", host)
		}
	}
	for host, want := range map[string]error{
		"localhost": rdstls.ErrNotEndpoint,
		"db.c9akciq32.cn-north-1.rds.amazonaws.com.cn": rdstls.ErrNoRoots,
		"db.c9akciq32.eu-south-9.rds.amazonaws.com":    rdstls.ErrNoRoots,
	} {
		var refused *rdstls.ConfigError
		if _, err := rdstls.Roots(host); !errors.Is(err, want) || !errors.As(err, &refused) {
			t.Errorf("Roots(%q) = %v, want a ConfigError that matches %v", host, err, want)
		}
	}
}

// TestDSQL checks which names are Aurora DSQL's, and that their look-alikes are not
// endpoints.
func TestDSQL(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql.us-east-1.on.aws":        true,
		"4AABTVNXX2OX5CZQVATLU3KZPM.dsql.us-east-1.on.aws.":       true,
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql-fnh4.us-east-1.on.aws":   true,
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql-.us-east-1.on.aws":       false,
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql-a-b.us-east-1.on.aws":    false,
		"4aabtvnxx2ox5czqvatlu3kzpm.dsqlx.us-east-1.on.aws":       false,
		"4aabtvnxx2ox5czqvatlu3kzpm.lambda-url.us-east-1.on.aws":  false,
		"a.4aabtvnxx2ox5czqvatlu3kzpm.dsql.us-east-1.on.aws":      false,
		"dsql.us-east-1.on.aws":                                   false,
		".dsql.us-east-1.on.aws":                                  false,
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql.on.aws":                  false,
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql.useast1.on.aws":          false,
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql.us-gov-west-1.on.aws":    false,
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql.cn-north-1.on.aws":       false,
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql.us-east-1.xon.aws":       false,
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql.us-east-1.on.aws.evil.e": false,
		"4aabtvnxx2ox5czqvatlu3kzpm.dsql.us-east-1.amazonaws.com": false,
		"4aab_tvnxx.dsql.us-east-1.on.aws":                        false,
	} {
		e, err := rdstls.ParseEndpoint(host)
		if (err == nil) != want || err != nil && !errors.Is(err, rdstls.ErrNotEndpoint) {
			t.Errorf("ParseEndpoint(%q) = %+v, %v, want an endpoint: %v", host, e, err, want)
		}
		if err == nil && (e.Kind != rdstls.KindDSQL || e.Region != "us-east-1" || e.Partition != "aws") {
			t.Errorf("ParseEndpoint(%q) = %+v", host, e)
		}
	}
}
