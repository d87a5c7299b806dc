package rdstls

import "strings"

// A dnsSuffix is the end of an endpoint's name, which contains the service, the
// Region and the partition.
type dnsSuffix struct {
	service   string // "rds" or "docdb"
	region    string // empty for the writer of a global database
	partition string
}

// partitions are the DNS suffixes of AWS's partitions and how their Regions
// begin (aws-sdk-go-v2 v1.47.7, internal/endpoints/awsrulesfn/partitions.go). A new
// Region of a partition needs no change here: its roots come with a newer file in
// package bundle (docs/bundle.md, "Updating").
// A partition that writes the service before the Region, or has written it
// both ways over time, has serviceFirst.
var partitions = [...]struct {
	id, suffix, regionPrefix string
	serviceFirst             bool
	truststore               string // where AWS publishes its roots, if that is known
}{
	{
		id: "aws-cn", suffix: ".amazonaws.com.cn", regionPrefix: "cn-", serviceFirst: true,
		truststore: "https://rds-truststore.s3.cn-north-1.amazonaws.com.cn/global/global-bundle.pem",
	},
	{id: "aws-us-gov", suffix: ".amazonaws.com", regionPrefix: "us-gov-", serviceFirst: true},
	{id: "aws", suffix: ".amazonaws.com"},
	{id: "aws-eusc", suffix: ".amazonaws.eu", regionPrefix: "eusc-", serviceFirst: true},
	{id: "aws-iso", suffix: ".c2s.ic.gov", regionPrefix: "us-iso-", serviceFirst: true},
	{id: "aws-iso-b", suffix: ".sc2s.sgov.gov", regionPrefix: "us-isob-", serviceFirst: true},
	{id: "aws-iso-e", suffix: ".cloud.adc-e.uk", regionPrefix: "eu-isoe-", serviceFirst: true},
	{id: "aws-iso-f", suffix: ".csp.hci.ic.gov", regionPrefix: "us-isof-", serviceFirst: true},
}

// cutSuffix cuts the end off a canonical name, such as ".eu-west-1.rds.amazonaws.com".
func cutSuffix(name string) (rest string, found dnsSuffix, ok bool) {
	for _, p := range partitions {
		before, ok := strings.CutSuffix(name, p.suffix)
		if !ok {
			continue
		}
		before, last, _ := cutLast(before)
		rest, first, _ := cutLast(before)
		found := dnsSuffix{service: last, region: first, partition: p.id}
		if p.serviceFirst && !isService(found.service) {
			found.service, found.region = first, last
		}
		switch {
		case !isService(found.service):
		case p.id == "aws" && found.service != "docdb" && found.region == "global":
			found.region = ""
			return rest, found, true
		case p.id == "aws" && isForeignRegion(found.region):
		case isRegion(found.region) && strings.HasPrefix(found.region, p.regionPrefix):
			found.service = strings.TrimSuffix(found.service, "-fips")
			return rest, found, true
		}
	}
	return "", dnsSuffix{}, false
}

// isService accepts "rds-fips", which AWS's own drivers accept for data too.
func isService(label string) bool {
	return label == "rds" || label == "rds-fips" || label == "docdb"
}

// isForeignRegion reports whether another partition than "aws" has the Region.
func isForeignRegion(region string) bool {
	for _, p := range partitions {
		if p.regionPrefix != "" && strings.HasPrefix(region, p.regionPrefix) {
			return true
		}
	}
	return false
}

// isRegion reports whether s looks like a Region: "eu-west-1", "us-gov-east-1".
// New Regions appear between releases, so there is no list of them here.
func isRegion(s string) bool {
	last := strings.LastIndexByte(s, '-')
	number := s[last+1:]
	if last < 0 || number == "" || strings.Trim(number, "0123456789") != "" {
		return false
	}
	words := 0
	for word := range strings.SplitSeq(s[:last], "-") {
		if word == "" || strings.Trim(word, "abcdefghijklmnopqrstuvwxyz") != "" {
			return false
		}
		words++
	}
	return words >= 2
}

// truststoreOf returns where AWS publishes the roots of a partition, or "".
func truststoreOf(partition string) string {
	for _, p := range partitions {
		if p.id == partition {
			return p.truststore
		}
	}
	return ""
}
