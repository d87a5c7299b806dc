package rdstls_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rdstls/go/rdstls"
)

var endpoints = []struct {
	host string
	want rdstls.Endpoint
}{
	{"db.c9akciq32.eu-west-1.rds.amazonaws.com", rdstls.Endpoint{Region: "eu-west-1", Partition: "aws", Kind: rdstls.KindInstance}},
	{"my-db-2.c9akciq32.us-east-1.rds.amazonaws.com", rdstls.Endpoint{Region: "us-east-1", Partition: "aws", Kind: rdstls.KindInstance}},
	{"db-green-a1b2c3.c9akciq32.eu-west-1.rds.amazonaws.com", rdstls.Endpoint{Region: "eu-west-1", Partition: "aws", Kind: rdstls.KindInstance}},
	{"cluster-1.c9akciq32.eu-west-1.rds.amazonaws.com", rdstls.Endpoint{Region: "eu-west-1", Partition: "aws", Kind: rdstls.KindInstance}},
	{"a.cluster-c9akciq32.eu-west-1.rds.amazonaws.com", rdstls.Endpoint{Region: "eu-west-1", Partition: "aws", Kind: rdstls.KindCluster}},
	{"a.cluster-ro-c9akciq32.eu-west-1.rds.amazonaws.com", rdstls.Endpoint{Region: "eu-west-1", Partition: "aws", Kind: rdstls.KindReader}},
	{"a.cluster-custom-c9akciq32.eu-west-1.rds.amazonaws.com", rdstls.Endpoint{Region: "eu-west-1", Partition: "aws", Kind: rdstls.KindCustom}},
	{"p.proxy-c9akciq32.ap-southeast-7.rds.amazonaws.com", rdstls.Endpoint{Region: "ap-southeast-7", Partition: "aws", Kind: rdstls.KindProxy}},
	{"ro.endpoint.proxy-c9akciq32.eu-west-1.rds.amazonaws.com", rdstls.Endpoint{Region: "eu-west-1", Partition: "aws", Kind: rdstls.KindProxy}},
	{"s.shardgrp-c9akciq32.eu-west-1.rds.amazonaws.com", rdstls.Endpoint{Region: "eu-west-1", Partition: "aws", Kind: rdstls.KindShardGroup}},
	{"g.global-c9akciq32.global.rds.amazonaws.com", rdstls.Endpoint{Partition: "aws", Kind: rdstls.KindGlobal}},
	{"db.c9akciq32.us-east-1.rds-fips.amazonaws.com", rdstls.Endpoint{Region: "us-east-1", Partition: "aws", Kind: rdstls.KindInstance}},
	{"d.c9akciq32.ap-south-1.docdb.amazonaws.com", rdstls.Endpoint{Region: "ap-south-1", Partition: "aws", Kind: rdstls.KindDocumentDB}},
	{"d.cluster-c9akciq32.ap-south-1.docdb.amazonaws.com", rdstls.Endpoint{Region: "ap-south-1", Partition: "aws", Kind: rdstls.KindDocumentDB}},
	{"d.cluster-ro-c9akciq32.ap-south-1.docdb.amazonaws.com", rdstls.Endpoint{Region: "ap-south-1", Partition: "aws", Kind: rdstls.KindDocumentDB}},
	{"db.c9akciq32.us-gov-west-1.rds.amazonaws.com", rdstls.Endpoint{Region: "us-gov-west-1", Partition: "aws-us-gov", Kind: rdstls.KindInstance}},
	{"db.c9akciq32.rds.us-gov-east-1.amazonaws.com", rdstls.Endpoint{Region: "us-gov-east-1", Partition: "aws-us-gov", Kind: rdstls.KindInstance}},
	{"a.cluster-c9akciq32.rds.cn-northwest-1.amazonaws.com.cn", rdstls.Endpoint{Region: "cn-northwest-1", Partition: "aws-cn", Kind: rdstls.KindCluster}},
	{"db.c9akciq32.cn-north-1.rds.amazonaws.com.cn", rdstls.Endpoint{Region: "cn-north-1", Partition: "aws-cn", Kind: rdstls.KindInstance}},
	{"dev.cluster-czk84imkkq6n.eusc-de-east-1.rds.amazonaws.eu", rdstls.Endpoint{Region: "eusc-de-east-1", Partition: "aws-eusc", Kind: rdstls.KindCluster}},
	{"db.c9akciq32.rds.us-iso-east-1.c2s.ic.gov", rdstls.Endpoint{Region: "us-iso-east-1", Partition: "aws-iso", Kind: rdstls.KindInstance}},
	{"db.c9akciq32.rds.us-isob-east-1.sc2s.sgov.gov", rdstls.Endpoint{Region: "us-isob-east-1", Partition: "aws-iso-b", Kind: rdstls.KindInstance}},
	{"db.c9akciq32.eu-south-9.rds.amazonaws.com", rdstls.Endpoint{Region: "eu-south-9", Partition: "aws", Kind: rdstls.KindInstance}},
}

// notEndpoints are names that must not be taken for endpoints, most of them
// because an attacker could own them.
var notEndpoints = []string{
	"",
	".",
	"localhost",
	"127.0.0.1",
	"::1",
	"db.c9akciq32.eu-1.rds.amazonaws.com",
	"db.internal",
	"amazonaws.com",
	"rds.amazonaws.com",
	"eu-west-1.rds.amazonaws.com",
	"c9akciq32.eu-west-1.rds.amazonaws.com",
	"db.eu-west-1.rds.amazonaws.com",
	"db.c9akciq32.rds.amazonaws.com",
	"db.c9akciq32.eu-west-1.amazonaws.com",
	"db.c9akciq32.eu-west-1.rds.amazonaws.com.evil.example",
	"db.c9akciq32.eu-west-1.rds.amazonaws.com.cn",
	"db.c9akciq32.eu-west-1.rds.amazonaws.co",
	"db.c9akciq32.eu-west-1.rds-amazonaws.com",
	"db.c9akciq32.eu-west-1.rdsamazonaws.com",
	"db.c9akciq32.eu-west-1.rds.xamazonaws.com",
	"db.c9akciq32.eu-west-1.xrds.amazonaws.com",
	"db.c9akciq32.eu-west-1.s3.amazonaws.com",
	"db.c9akciq32.rds.eu-west-1.amazonaws.com",
	"db.c9akciq32.cn-north-1.rds.amazonaws.com",
	"db.c9akciq32.rds.cn-northwest-1.rds.amazonaws.com.cn",
	"db.c9akciq32.rds.cn-northwest-1.amazonaws.com",
	"db.c9akciq32.us-iso-east-1.rds.amazonaws.com",
	"db.c9akciq32.eusc-de-east-1.rds.amazonaws.com",
	"db.c9akciq32.eu-west.rds.amazonaws.com",
	"db.c9akciq32.euwest1.rds.amazonaws.com",
	"db.c9akciq32.eu--1.rds.amazonaws.com",
	"db.c9akciq32.eu-west-1x.rds.amazonaws.com",
	"db.c9akciq32.eu-w3st-1.rds.amazonaws.com",
	"db.c9akciq32.global.rds.amazonaws.com",
	"db.global-c9akciq32.eu-west-1.rds.amazonaws.com",
	"db.cluster-c9akciq32.global.rds.amazonaws.com",
	"g.global-c9akciq32.global.rds.amazonaws.com.cn",
	"db.cluster-.eu-west-1.rds.amazonaws.com",
	"db.proxy-.eu-west-1.rds.amazonaws.com",
	"db.cluster-custom-ro-x.eu-west-1.rds.amazonaws.com",
	"db.other-c9akciq32.eu-west-1.rds.amazonaws.com",
	"a.b.c9akciq32.eu-west-1.rds.amazonaws.com",
	"a.endpoint.cluster-c9akciq32.eu-west-1.rds.amazonaws.com",
	"a.b.endpoint.proxy-c9akciq32.eu-west-1.rds.amazonaws.com",
	"d.proxy-c9akciq32.ap-south-1.docdb.amazonaws.com",
	"g.global-c9akciq32.global.docdb.amazonaws.com",
	"db..eu-west-1.rds.amazonaws.com",
	".c9akciq32.eu-west-1.rds.amazonaws.com",
	"db.c9akciq32.eu-west-1.rds.amazonaws.com..",
	"-db.c9akciq32.eu-west-1.rds.amazonaws.com",
	"db-.c9akciq32.eu-west-1.rds.amazonaws.com",
	"d_b.c9akciq32.eu-west-1.rds.amazonaws.com",
	"*.c9akciq32.eu-west-1.rds.amazonaws.com",
	"db.c9akciq32.eu-west-1.rds.amazonaws.com\x00.evil.example",
	"evil.example\x00.c9akciq32.eu-west-1.rds.amazonaws.com",
	"evil.example%00.c9akciq32.eu-west-1.rds.amazonaws.com",
	"evil.example/.c9akciq32.eu-west-1.rds.amazonaws.com",
	"user@db.c9akciq32.eu-west-1.rds.amazonaws.com",
	" db.c9akciq32.eu-west-1.rds.amazonaws.com",
	"db.c9akciq32.eu-west-1.rds.amazonaws.com\n",
	"db.c9akciq32.eu-west-1.rds.amazonaws.com,evil",
	"dÃ.c9akciq32.eu-west-1.rds.amazonaws.com",
	"db.c9akciq32.eu-west-1.rdſ.amazonaws.com",       // U+017F, whose upper case is S
	"\u212adb.c9akciq32.eu-west-1.rds.amazonaws.com", // Kelvin sign, whose lower case is k
	strings.Repeat("a", 64) + ".c9akciq32.eu-west-1.rds.amazonaws.com",
	strings.Repeat("a.", 120) + "c9akciq32.eu-west-1.rds.amazonaws.com",
	"evil.example:5432",
	"https://db.c9akciq32.eu-west-1.rds.amazonaws.com",
}

func TestParseEndpoint(t *testing.T) {
	t.Parallel()
	for _, tt := range endpoints {
		want := tt.want
		want.Host = tt.host
		for _, spelling := range []string{tt.host, tt.host + ".", strings.ToUpper(tt.host)} {
			got, err := rdstls.ParseEndpoint(spelling)
			if err != nil || got != want {
				t.Errorf("ParseEndpoint(%q) = %+v, %v, want %+v", spelling, got, err, want)
			}
		}
	}
}

func TestParseEndpointRefuses(t *testing.T) {
	t.Parallel()
	for _, host := range notEndpoints {
		got, err := rdstls.ParseEndpoint(host)
		var refused *rdstls.ConfigError
		if !errors.As(err, &refused) || !errors.Is(err, rdstls.ErrNotEndpoint) || refused.Setting != "host" {
			t.Errorf("ParseEndpoint(%q) = %+v, %v, want a ConfigError of host that matches ErrNotEndpoint", host, got, err)
		}
		if got != (rdstls.Endpoint{}) {
			t.Errorf("ParseEndpoint(%q) = %+v with an error, want the zero Endpoint", host, got)
		}
	}
}

// TestParseEndpointHoldsNoSecret checks that the error of a connection string in
// place of a host does not repeat it.
func TestParseEndpointHoldsNoSecret(t *testing.T) {
	t.Parallel()
	for _, host := range []string{
		"app:S3cret@db.c9akciq32.eu-west-1.rds.amazonaws.com", "db/app?password=S3cret", "host=db password=S3cret",
		"app:S3cret(db)", "db.internal:5432:orders:app:S3cret",
	} {
		if _, err := rdstls.ParseEndpoint(host); err == nil || strings.Contains(err.Error(), "S3cret") {
			t.Errorf("ParseEndpoint(%q) = %v, want an error without the password", host, err)
		}
	}
}

// An endpoint with a port is refused as such, and not as ErrNotEndpoint: a
// program may leave what matches that unverified.
func TestParseEndpointWithPort(t *testing.T) {
	t.Parallel()
	const host = "db.c9akciq32.eu-west-1.rds.amazonaws.com:5432"
	_, err := rdstls.ParseEndpoint(host)
	if err == nil || errors.Is(err, rdstls.ErrNotEndpoint) || !strings.Contains(err.Error(), "port") {
		t.Errorf("ParseEndpoint(%q) = %v, want an error about the port", host, err)
	}
}
