// Package client prepares the environment, the arguments and the files with
// which programs in any language verify an RDS endpoint.
package client

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/rdstls/go/rdstls"
)

// A Connection is what a program needs to know to connect verified.
type Connection struct {
	Host     string // the endpoint, in canonical form
	Port     int
	User     string // "" leaves the user to the program
	Database string // "" leaves the database to the program
	Password string // an IAM token, or "" to leave the password to the program
	Roots    string // path of the PEM file with the roots of the endpoint

	// ViaAddress and ViaPort are where a tunnel to the endpoint listens. The address is
	// numeric: libpq takes nothing else for PGHOSTADDR. "" means no tunnel.
	ViaAddress string
	ViaPort    int
}

// The ports on which RDS listens unless told otherwise.
const (
	PostgresPort = 5432
	MySQLPort    = 3306
)

// ErrPort is returned when a port is not one.
var ErrPort = errors.New("the port is not a number from 1 to 65535")

// ParseTarget splits "ENDPOINT" or "ENDPOINT:PORT". The port is defaultPort if
// target has none. The endpoint must be one: an alias or an address is refused,
// as rdstls.ClientConfig refuses it, unless anyHost is set (the caller has roots
// of its own).
func ParseTarget(target string, defaultPort int, anyHost bool) (host string, port int, err error) {
	host, port = target, defaultPort
	if h, p, err := net.SplitHostPort(target); err == nil {
		host = h
		if port, err = parsePort(p); err != nil {
			return "", 0, err
		}
	}
	endpoint, err := rdstls.ParseEndpoint(host)
	switch {
	case err == nil:
		return endpoint.Host, port, nil
	case anyHost && isHostName(host):
		return strings.TrimSuffix(strings.ToLower(host), "."), port, nil
	}
	return "", 0, err
}

func parsePort(s string) (int, error) {
	port, err := strconv.ParseUint(s, 10, 16)
	if err != nil || port == 0 {
		return 0, ErrPort
	}
	return int(port), nil
}

// isHostName keeps out what libpq or a shell would understand as more than one
// name, a path, or an option.
func isHostName(host string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:"
	return host != "" && host[0] != '-' && strings.Trim(host, letters) == ""
}

// CheckName refuses a user or database name that an option file or a shell line
// cannot hold, or that libpq would understand as a whole connection string.
func CheckName(flag, name string) error {
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return fmt.Errorf("%s: the name contains a control character", flag)
	}
	if looksLikeConnString(name) {
		return fmt.Errorf("%s: the value is a connection string; give a name", flag)
	}
	return nil
}
