package rdstls

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

var (
	errEmptyName  = errors.New("the name is empty")
	errNameDots   = errors.New("a label of the name is empty or longer than 63 characters")
	errNameLength = errors.New("the name is longer than 253 characters")
	errNameChars  = errors.New("a host name holds only letters, digits, hyphens, underscores and dots")
	errNameForm   = errors.New(`it is more than the name of a server; give "host" or "host:port"`)
	errNamePort   = errors.New("the name has a port; give only the host")
)

// canonicalName returns name in lower case and without a trailing dot, the form
// in which certificates carry names (RFC 9525, Section 6.3), or an IP address
// in its shortest form. It refuses what could not be in a certificate.
func canonicalName(name string) (string, error) {
	if mayBeAddress(name) {
		if ip, err := netip.ParseAddr(name); err == nil && ip.Zone() == "" {
			return ip.String(), nil
		}
	}
	if _, ok := cutPort(name); ok {
		return "", errNamePort
	}
	name = strings.TrimSuffix(name, ".")
	switch {
	case name == "":
		return "", errEmptyName
	case len(name) > 253:
		return "", errNameLength
	}
	for i := range len(name) {
		if !isNameByte(name[i]) {
			return "", errNameChars
		}
	}
	// Only now: the lower case of some letters beyond ASCII is in ASCII.
	name = strings.ToLower(name)
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 {
			return "", errNameDots
		}
	}
	return name, nil
}

// mayBeAddress is a cheap check that avoids netip.ParseAddr, and its error
// allocation, for host names: IPv6 addresses have colons, and IPv4 addresses end in a
// digit.
func mayBeAddress(name string) bool {
	return strings.Contains(name, ":") || name != "" && '0' <= name[len(name)-1] && name[len(name)-1] <= '9'
}

// isNameByte allows the underscore, as crypto/x509 does: private names carry it.
func isNameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '-' || c == '_' || c == '.'
}

// withoutPort returns the host of serverName, which is "host" or "host:port".
func withoutPort(serverName string) (string, error) {
	if isMoreThanHost(serverName) {
		return "", errNameForm
	}
	if host, ok := cutPort(serverName); ok {
		return host, nil
	}
	if _, _, err := net.SplitHostPort(serverName); err == nil {
		return "", fmt.Errorf("%s: the port is not a number from 1 to 65535", quoted(serverName))
	}
	return serverName, nil
}

// cutPort splits "host:port", if the port is in range.
func cutPort(hostport string) (host string, ok bool) {
	if !strings.Contains(hostport, ":") {
		return "", false // as SplitHostPort would say, at the price of an error
	}
	host, port, err := net.SplitHostPort(hostport)
	if err != nil {
		return "", false
	}
	n, err := strconv.ParseUint(port, 10, 16)
	return host, err == nil && n > 0
}
