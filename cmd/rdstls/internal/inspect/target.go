package inspect

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/rdstls/go/rdstls"
)

// A Protocol is what a server speaks before TLS.
type Protocol string

// The protocols. Auto is for options; a report has one of the others, or "".
const (
	Auto     Protocol = "auto"
	Postgres Protocol = "postgres"
	MySQL    Protocol = "mysql"
	Direct   Protocol = "tls" // TLS from the first byte
)

// A Target is a server to connect to.
type Target struct {
	Text string // as it was given
	Host string
	Port uint16

	protocol Protocol
}

// Errors of targets do not repeat them: they could be connection strings.
var (
	errHost     = errors.New("not of the form HOST or HOST:PORT")
	errURL      = errors.New("a URL, a path or a login: name the host only, as HOST or HOST:PORT")
	errPort     = errors.New("the port is not a number from 1 to 65535")
	errProtocol = errors.New("the protocol of this port (SQL Server, Oracle) is not supported")
)

// ParseTarget parses HOST or HOST:PORT. The protocol says which port is meant if
// there is none.
func ParseTarget(text string, protocol Protocol) (Target, error) {
	host, port, err := splitTarget(text)
	if err != nil {
		return Target{}, err
	}
	t := Target{Text: text, Host: host, Port: port, protocol: protocol}
	if port == 0 {
		t.Port = defaultPort(host, protocol)
	}
	if protocol == Auto {
		t.protocol, err = protocolOf(t.Port)
	}
	return t, err
}

func splitTarget(text string) (host string, port uint16, err error) {
	host = text
	if strings.ContainsAny(text, "/@") {
		return "", 0, errURL
	}
	if inner, ok := strings.CutSuffix(text, "]"); ok && strings.HasPrefix(inner, "[") {
		host = inner[1:]
		if _, err := netip.ParseAddr(host); err != nil {
			return "", 0, errHost
		}
	} else if _, err := netip.ParseAddr(text); err != nil && strings.Contains(text, ":") {
		var number string
		if host, number, err = net.SplitHostPort(text); err != nil {
			return "", 0, errHost
		}
		n, err := strconv.ParseUint(number, 10, 16)
		if err != nil || n == 0 {
			return "", 0, errPort
		}
		port = uint16(n)
	}
	if !isHost(host) {
		return "", 0, errHost
	}
	return host, port, nil
}

// isHost reports whether s can be a host name or an address. RDS aliases may have
// underscores.
func isHost(s string) bool {
	if _, err := netip.ParseAddr(s); err == nil {
		return true
	}
	if strings.ContainsFunc(s, func(r rune) bool { return !isHostChar(r) }) {
		return false
	}
	return s != "" && len(s) <= 254 && s[0] != '-' && s[0] != '.'
}

func isHostChar(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_' || r == '.'
}

func defaultPort(host string, protocol Protocol) uint16 {
	e, err := rdstls.ParseEndpoint(host)
	switch {
	case protocol == MySQL:
		return 3306
	case protocol == Direct, err == nil && e.Kind == rdstls.KindDocumentDB && protocol == Auto:
		return 27017
	}
	return 5432
}

// protocolOf returns the protocol that is usual on a port, or Auto.
func protocolOf(port uint16) (Protocol, error) {
	switch {
	case 5432 <= port && port <= 5439:
		return Postgres, nil
	case 3306 <= port && port <= 3309:
		return MySQL, nil
	case port == 27017:
		return Direct, nil
	case port == 1433, port == 1521, port == 2484:
		return "", errProtocol
	}
	return Auto, nil
}

// CheckServerName returns why name cannot be the expected server. Without roots of
// the user's own it must be an endpoint: nothing is known of who may vouch for
// other names.
func CheckServerName(name string, ownRoots bool) error {
	name = withoutPort(name)
	if !isHost(name) {
		return errors.New("not a host name")
	}
	if _, err := rdstls.ParseEndpoint(name); err != nil && !ownRoots {
		return errors.New("not an RDS endpoint: it needs --roots")
	}
	return nil
}
