package connstr

import (
	"net"
	"net/url"
	"strconv"
	"strings"
)

// ParseMySQL parses a DSN as go-sql-driver/mysql does (v1.10.1, dsn.go, ParseDSN).
// Errors do not quote it.
func ParseMySQL(s string) (Conn, error) {
	slash := strings.LastIndexByte(s, '/')
	if slash < 0 {
		if s == "" {
			return Conn{Network: "tcp", Hosts: []string{""}}, nil
		}
		if HasHole(s) {
			return Conn{Hosts: []string{Hole}, Unknown: true}, nil
		}
		return Conn{}, errMalformed
	}
	c := Conn{Network: "tcp"}
	address := s[strings.LastIndexByte(s[:slash], '@')+1 : slash]
	if network, addr, found := strings.Cut(address, "("); found {
		if !strings.HasSuffix(addr, ")") {
			return Conn{}, errMalformed
		}
		c.Network, c.Hosts = network, []string{hostOf(strings.TrimSuffix(addr, ")"))}
	} else {
		c.Hosts = []string{""}
		if address != "" {
			c.Network = address
			if HasHole(address) {
				c.Hosts = []string{Hole}
			}
		}
	}
	if c.Network == "unix" {
		c.Hosts = []string{"/"}
	}
	name, params, found := strings.Cut(s[slash+1:], "?")
	if !found {
		c.Unknown = strings.Count(name, Hole) > 1
		return c, nil
	}
	return c, c.addParams(params)
}

// hostOf drops the port of an address, which may lack one.
func hostOf(addr string) string {
	if host, _, err := net.SplitHostPort(addr); err == nil {
		return host
	}
	return strings.Trim(addr, "[]")
}

// lookalikes are parameters that other drivers have for the TLS mode. This one
// makes session variables of them.
var lookalikes = map[string]bool{
	"sslmode": true, "ssl-mode": true, "ssl_mode": true, "usessl": true, "ssl": true, "requiressl": true, "verifyservercertificate": true,
}

func (c *Conn) addParams(params string) error {
	for pair := range strings.SplitSeq(params, "&") {
		key, value, found := strings.Cut(pair, "=")
		switch {
		case HasHole(key):
			c.Unknown = true
		case key == "tls":
			if err := c.setMode(value, found); err != nil {
				return err
			}
		case strings.EqualFold(key, "tls"), lookalikes[strings.ToLower(key)]:
			c.Ignored = "the parameter " + strings.ToLower(key) + " is none of this driver's: it sets a session variable"
		case key == "allowFallbackToPlaintext" && found:
			c.Fallback = isTrue(value)
		case key == "allowCleartextPasswords" && found:
			c.Cleartext = isTrue(value)
		}
	}
	return nil
}

func (c *Conn) setMode(value string, found bool) error {
	if !found || value == "" {
		c.Ignored = "the parameter tls is empty, which means no TLS"
	}
	if !found {
		return nil // the driver skips it
	}
	lower := strings.ToLower(value)
	switch {
	case isBool(value):
		c.Mode = strconv.FormatBool(isTrue(value))
	case lower == "skip-verify" || lower == "preferred":
		c.Mode = lower
	default:
		name, err := url.QueryUnescape(value)
		if err != nil {
			return errMalformed
		}
		c.Mode = name
	}
	return nil
}

// The driver's booleans (go-sql-driver/mysql v1.10.1, utils.go, readBool).
func isTrue(s string) bool { return s == "1" || s == "true" || s == "TRUE" || s == "True" }

func isBool(s string) bool {
	return isTrue(s) || s == "0" || s == "false" || s == "FALSE" || s == "False"
}
