package connstr

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/rdstls/go/rdstls"
)

// A HostClass says how much is known of a host. Higher ones matter more.
type HostClass int

// The classes.
const (
	LocalHost   HostClass = iota // this machine, or a name without a dot: a container, a test
	UnknownHost                  // a placeholder, or the value of a variable
	RemoteHost                   // another host
	RDSHost                      // an RDS endpoint, or a name that ends like one
)

// String returns the class as JSON output has it.
func (c HostClass) String() string {
	return [...]string{"local", "unknown", "remote", "rds"}[c]
}

// HostClass returns the class of the host that matters most.
func (c Conn) HostClass() HostClass {
	worst := LocalHost
	for _, host := range c.Hosts {
		worst = max(worst, ClassOf(host))
	}
	switch c.Network {
	case "", "tcp", "tcp4", "tcp6", "unix":
	default:
		worst = min(worst, UnknownHost) // a dial function of the program's own, which may do TLS
	}
	return worst
}

// placeholders are parts of host names that documentation and templates have.
var placeholders = []string{Hole, "$", "%", "{", "}", "<", ">", "*", "...", "example", "your-", "your_", "placeholder", "changeme", "xxx"}

// localSuffixes end names that no public server has (RFC 6761, RFC 6762, RFC 9476,
// Kubernetes, Docker).
var localSuffixes = []string{".local", ".internal", ".svc", ".test", ".invalid", ".localhost", ".localdomain", ".lan"}

// documentation are addresses that stand for others (RFC 5737, RFC 3849), and one
// that many documents use without asking.
var documentation = []netip.Prefix{
	netip.MustParsePrefix("192.0.2.0/24"), netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("203.0.113.0/24"),
	netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("1.2.3.4/32"),
}

// ClassOf returns the class of one host.
func ClassOf(host string) HostClass {
	host = strings.TrimSuffix(strings.ToLower(strings.Trim(host, "[]")), ".")
	if host == "" || host[0] == '/' || host[0] == '@' {
		return LocalHost
	}
	if isRDS(host) {
		return RDSHost
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		if addr.IsLoopback() || addr.IsUnspecified() {
			return LocalHost
		}
		if slices.ContainsFunc(documentation, func(p netip.Prefix) bool { return p.Contains(addr.Unmap()) }) {
			return UnknownHost
		}
		return RemoteHost
	}
	for _, p := range placeholders {
		if strings.Contains(host, p) {
			return UnknownHost
		}
	}
	for _, suffix := range localSuffixes {
		if strings.HasSuffix(host, suffix) {
			return LocalHost
		}
	}
	if !strings.Contains(host, ".") {
		return LocalHost
	}
	return RemoteHost
}

func isRDS(host string) bool {
	return IsEndpoint(host) ||
		strings.HasSuffix(host, ".rds.amazonaws.com") || strings.HasSuffix(host, ".rds.amazonaws.com.cn") ||
		strings.HasSuffix(host, ".amazonaws.com.cn") && strings.Contains(host, ".rds.")
}

// IsEndpoint reports whether the library can verify host by itself.
func IsEndpoint(host string) bool {
	_, err := rdstls.ParseEndpoint(host)
	return err == nil
}
