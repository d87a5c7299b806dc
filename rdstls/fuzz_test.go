package rdstls_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/rdstls/go/rdstls"
)

// The second implementation of ParseEndpoint, for FuzzParseEndpoint: one
// expression for each order of the labels, and none of the code under test.
var (
	regionFirst  = regexp.MustCompile(`^([a-z0-9-]+)(\.endpoint)?\.((?:[a-z]+-)*)([a-z0-9]+)\.((?:[a-z]+-){2,}[0-9]+|global)\.(rds|rds-fips|docdb)\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$`)
	serviceFirst = regexp.MustCompile(`^([a-z0-9-]+)(\.endpoint)?\.((?:[a-z]+-)*)([a-z0-9]+)\.(rds|rds-fips|docdb)\.((?:[a-z]+-){2,}[0-9]+)\.(amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov|cloud\.adc-e\.uk|csp\.hci\.ic\.gov)$`)
)

var kindsByPrefix = map[string]rdstls.Kind{
	"":                rdstls.KindInstance,
	"cluster-":        rdstls.KindCluster,
	"cluster-ro-":     rdstls.KindReader,
	"cluster-custom-": rdstls.KindCustom,
	"proxy-":          rdstls.KindProxy,
	"shardgrp-":       rdstls.KindShardGroup,
	"global-":         rdstls.KindGlobal,
}

// partitionByPrefix lists how Regions begin, and the suffix of their partition.
var partitionByPrefix = []struct{ prefix, suffix, partition string }{
	{"cn-", "amazonaws.com.cn", "aws-cn"},
	{"us-gov-", "amazonaws.com", "aws-us-gov"},
	{"eusc-", "amazonaws.eu", "aws-eusc"},
	{"us-iso-", "c2s.ic.gov", "aws-iso"},
	{"us-isob-", "sc2s.sgov.gov", "aws-iso-b"},
	{"eu-isoe-", "cloud.adc-e.uk", "aws-iso-e"},
	{"us-isof-", "csp.hci.ic.gov", "aws-iso-f"},
	{"", "amazonaws.com", "aws"},
}

func naiveParseEndpoint(host string) (e rdstls.Endpoint, ok bool) {
	for i := range len(host) {
		if host[i] >= 0x80 {
			return e, false
		}
	}
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	var id, extra, prefix, service, region, suffix string
	first := false
	if m := regionFirst.FindStringSubmatch(host); m != nil {
		id, extra, prefix, region, service, suffix = m[1], m[2], m[3], m[5], m[6], m[7]
	} else if m := serviceFirst.FindStringSubmatch(host); m != nil {
		id, extra, prefix, service, region, suffix = m[1], m[2], m[3], m[5], m[6], m[7]
		first = true
	} else {
		return e, false
	}
	kind, ok := kindsByPrefix[prefix]
	switch {
	case !ok, len(host) > 253, strings.HasPrefix(id, "-"), strings.HasSuffix(id, "-"):
		return e, false
	case extra != "" && kind != rdstls.KindProxy:
		return e, false
	}
	for label := range strings.SplitSeq(host, ".") {
		if len(label) > 63 {
			return e, false
		}
	}
	if (region == "global") != (kind == rdstls.KindGlobal) {
		return e, false
	}
	if region == "global" {
		return rdstls.Endpoint{Host: host, Partition: "aws", Kind: kind}, suffix == "amazonaws.com" && service != "docdb"
	}
	if service == "docdb" {
		switch kind {
		case rdstls.KindInstance, rdstls.KindCluster, rdstls.KindReader:
			kind = rdstls.KindDocumentDB
		default:
			return e, false
		}
	}
	for _, p := range partitionByPrefix {
		if strings.HasPrefix(region, p.prefix) {
			e = rdstls.Endpoint{Host: host, Region: region, Partition: p.partition, Kind: kind}
			return e, suffix == p.suffix && (!first || p.partition != "aws")
		}
	}
	return e, false
}

func FuzzParseEndpoint(f *testing.F) {
	for _, tt := range endpoints {
		f.Add(tt.host)
		f.Add(strings.ToUpper(tt.host) + ".")
	}
	for _, host := range notEndpoints {
		f.Add(host)
	}
	f.Fuzz(func(t *testing.T, host string) {
		got, err := rdstls.ParseEndpoint(host)
		want, ok := naiveParseEndpoint(host)
		if !ok {
			want = rdstls.Endpoint{}
		}
		if got != want || (err == nil) != ok {
			t.Fatalf("ParseEndpoint(%q) = %+v, %v; the naive parser says %+v, %v", host, got, err, want, ok)
		}
		if err != nil {
			return
		}
		if again, err := rdstls.ParseEndpoint(got.Host); err != nil || again != got {
			t.Fatalf("ParseEndpoint(%q) = %+v, %v, want %+v again", got.Host, again, err, got)
		}
		if !strings.EqualFold(got.Host, strings.TrimSuffix(host, ".")) {
			t.Fatalf("ParseEndpoint(%q).Host = %q, another name", host, got.Host)
		}
	})
}
