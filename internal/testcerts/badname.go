package testcerts

import (
	"crypto/x509"
	"net"
	"strings"
)

// names are cases in which a issued the certificate, for a name that only looks like the
// wanted one, or that is not a DNS name (RFC 9525, Section 6).
func (b bad) names() []BadLeaf {
	_, parent, _ := strings.Cut(b.name, ".")
	_, grandparent, _ := strings.Cut(parent, ".")
	named := func(name string, sans ...string) BadLeaf {
		return BadLeaf{name, b.leaf(func(leaf *x509.Certificate) { leaf.DNSNames = sans })}
	}
	return []BadLeaf{
		{"other-host", b.a.Instance(b.otherHost())},
		named("common-name-only"),
		named("wildcard-too-high", "*."+grandparent),
		named("partial-wildcard", b.name[:1]+"*."+parent),
		named("nul-in-name", b.name+"\x00.attacker.example"),
		named("trailing-dot", b.name+"."),
		named("blanks", " "+b.name, b.name+" ", b.name+"\t"),
		named("suffix", b.name+".attacker.example", "x"+b.name),
		{"ip-address-only", b.leaf(func(leaf *x509.Certificate) {
			leaf.DNSNames, leaf.IPAddresses = nil, []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
		})},
		{"email-only", b.leaf(func(leaf *x509.Certificate) {
			leaf.DNSNames, leaf.EmailAddresses = nil, []string{b.name, "admin@" + b.name}
		})},
	}
}

// otherHost is an instance that the attacker owns, in the same Region.
func (b bad) otherHost() string {
	return "attacker-" + b.name
}
