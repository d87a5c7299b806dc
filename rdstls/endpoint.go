package rdstls

import (
	"fmt"
	"strconv"
	"strings"
)

// An Endpoint is a parsed RDS host name.
type Endpoint struct {
	Host      string // lower case, without a trailing dot
	Region    string // such as "eu-west-1"; empty for KindGlobal
	Partition string // "aws", "aws-us-gov", "aws-cn", "aws-eusc", "aws-iso" and the other ISO partitions
	Kind      Kind
}

// A Kind says what an endpoint leads to. Its values are stable: they suit
// metric labels.
type Kind string

// The kinds of endpoints. A Multi-AZ DB cluster of RDS has cluster and reader
// endpoints like Aurora's.
const (
	KindInstance   Kind = "instance"   // one DB instance
	KindCluster    Kind = "cluster"    // the writer of a cluster
	KindReader     Kind = "reader"     // the readers of a cluster
	KindCustom     Kind = "custom"     // a custom endpoint of an Aurora cluster
	KindProxy      Kind = "proxy"      // an RDS Proxy, or a further endpoint of one
	KindGlobal     Kind = "global"     // the writer of an Aurora global database
	KindShardGroup Kind = "shardgroup" // an Aurora Limitless Database shard group
	KindDocumentDB Kind = "documentdb" // an instance or cluster of DocumentDB; an RDS CA issues its certificate
	KindDSQL       Kind = "dsql"       // a cluster of Aurora DSQL; Amazon Trust Services issues its certificate
)

// ParseEndpoint parses the host name of an RDS, Aurora, Aurora DSQL, RDS Proxy or
// DocumentDB endpoint. Elastic clusters of DocumentDB are not included. Upper case
// and one trailing dot are accepted; a port is not. ParseEndpoint does not tell
// whether the Region has embedded roots, or exists.
//
// Errors are of type [*ConfigError]. All match [ErrNotEndpoint], except the one for
// an endpoint followed by a port.
func ParseEndpoint(host string) (Endpoint, error) {
	e, err := parseEndpoint(host)
	if err != nil {
		return Endpoint{}, &ConfigError{Setting: "host", Err: err}
	}
	return e, nil
}

func parseEndpoint(host string) (Endpoint, error) {
	name, err := canonicalName(host)
	if err != nil {
		if endsInPort(host) {
			return Endpoint{}, fmt.Errorf("%s: %w", quoted(host), errNamePort)
		}
		return Endpoint{}, fmt.Errorf("%s: %w: %w", quoted(host), ErrNotEndpoint, err)
	}
	e, ok := endpointOf(name)
	if !ok {
		return Endpoint{}, notEndpoint(host, name)
	}
	return e, nil
}

// endsInPort reports whether host is an endpoint, a colon and whatever: the user
// means an endpoint, and must not be told that it is none.
func endsInPort(host string) bool {
	before, _, ok := strings.Cut(host, ":")
	name, err := canonicalName(before)
	if !ok || err != nil {
		return false
	}
	_, ok = endpointOf(name)
	return ok
}

// quoted quotes a host, except one that looks like a connection string, which can
// hold a password.
func quoted(host string) string {
	if isMoreThanHost(host) || isPassfileLine(host) {
		return "the host, which looks like more than a host"
	}
	return strconv.Quote(host)
}

// isPassfileLine reports whether s may be host:port:database:user:password, the form
// of a line in PostgreSQL's password file, rather than an IPv6 address.
func isPassfileLine(s string) bool {
	return strings.Count(s, ":") > 1 && strings.ContainsFunc(s, func(r rune) bool { return !strings.ContainsRune("0123456789abcdefABCDEF:.[]", r) })
}

func isMoreThanHost(s string) bool { return strings.ContainsAny(s, "@/=?() ") }

// endpointOf parses a canonical name:
//
//	identifier.account.region.rds.amazonaws.com
//
// where account stands for a string that AWS gives to an account in a Region,
// behind a prefix that tells the kind. The shapes are those of the endpoint
// patterns in the AWS Advanced JDBC Wrapper (RdsUtils.java, 2026-08) and of
// the user guides.
func endpointOf(name string) (Endpoint, bool) {
	if e, ok := dsqlEndpointOf(name); ok {
		return e, true
	}
	rest, suffix, ok := cutSuffix(name)
	if !ok {
		return Endpoint{}, false
	}
	e := Endpoint{Host: name, Region: suffix.region, Partition: suffix.partition}
	identifier, account, ok := cutLast(rest)
	if !ok {
		return Endpoint{}, false
	}
	e.Kind, ok = kindOf(account)
	if e.Kind == KindProxy {
		// A further endpoint of a proxy has a label more: name.endpoint.proxy-account.
		identifier = strings.TrimSuffix(identifier, ".endpoint")
	}
	if !ok || !isLabel(identifier) || (e.Kind == KindGlobal) != (suffix.region == "") {
		return Endpoint{}, false
	}
	if suffix.service == "docdb" {
		switch e.Kind {
		case KindInstance, KindCluster, KindReader:
			e.Kind = KindDocumentDB
		default:
			return Endpoint{}, false
		}
	}
	return e, true
}

// dsqlEndpointOf parses the name of an Aurora DSQL cluster, public or of a VPC
// endpoint (Aurora DSQL user guide, "Managing and connecting to Aurora DSQL clusters
// using AWS PrivateLink"):
//
//	identifier.dsql.region.on.aws
//	identifier.dsql-suffix.region.on.aws
func dsqlEndpointOf(name string) (Endpoint, bool) {
	rest, ok := strings.CutSuffix(name, ".on.aws")
	if !ok {
		return Endpoint{}, false
	}
	rest, region, _ := cutLast(rest)
	identifier, service, ok := cutLast(rest)
	suffix, hasSuffix := strings.CutPrefix(service, "dsql-")
	if !ok || service != "dsql" && (!hasSuffix || !isAlphanumeric(suffix)) ||
		!isAlphanumeric(identifier) || !isRegion(region) || isForeignRegion(region) {
		return Endpoint{}, false
	}
	return Endpoint{Host: name, Region: region, Partition: "aws", Kind: KindDSQL}, true
}

// kindOf tells the kind from the label before the Region. Longer prefixes come
// before those that begin them.
func kindOf(label string) (Kind, bool) {
	for _, k := range [...]struct {
		prefix string
		kind   Kind
	}{
		{"cluster-custom-", KindCustom},
		{"cluster-ro-", KindReader},
		{"cluster-", KindCluster},
		{"proxy-", KindProxy},
		{"shardgrp-", KindShardGroup},
		{"global-", KindGlobal},
		{"", KindInstance},
	} {
		if account, ok := strings.CutPrefix(label, k.prefix); ok {
			return k.kind, isAlphanumeric(account)
		}
	}
	return "", false
}

func isAlphanumeric(s string) bool {
	return s != "" && !strings.ContainsAny(s, "-_.")
}

// isLabel reports whether s is one label of a name that DNS and RDS allow.
func isLabel(s string) bool {
	return s != "" && !strings.ContainsAny(s, "._") && s[0] != '-' && s[len(s)-1] != '-'
}

// cutLast cuts s around its last dot.
func cutLast(s string) (before, last string, ok bool) {
	i := strings.LastIndexByte(s, '.')
	if i < 0 {
		return "", s, false
	}
	return s[:i], s[i+1:], true
}
