package rdspgx

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// checkTargets refuses targets that cannot be verified. The address comes before
// the mode: a program may leave a string alone if the error is ErrNotEndpoint, and
// then never leaves an endpoint unverified. connString tells where the settings
// come from.
func checkTargets(targets []target, o *rdstls.Options, connString string) error {
	for _, t := range targets {
		if isMalformed(t.host) {
			return hostError(fmt.Errorf("%w: the host contains a character that is not valid in a host name; "+
				"give only the host, without scheme, quotes or path, and look for a value that is empty, unquoted or not percent-encoded%s",
				rdstls.ErrUnverified, origin(connString, "host")))
		}
	}
	if o.Roots == nil && o.ServerName == "" {
		if err := endpointsOnly(targets, connString); err != nil {
			return err
		}
	}
	for _, t := range targets {
		if reason := notTCPHost(t.host, connString); reason != "" {
			return hostError(fmt.Errorf("%w: %s", rdstls.ErrUnverified, reason))
		}
	}
	for _, t := range targets {
		if t.tls == nil {
			return &rdstls.ConfigError{
				Setting: "sslmode",
				Err:     fmt.Errorf("%w: sslmode=disable asks for plaintext%s; remove it", rdstls.ErrPlaintext, origin(connString, "sslmode")),
			}
		}
	}
	return nil
}

// endpointsOnly refuses a list that has other hosts than RDS endpoints. The
// error matches ErrNotEndpoint only if none is one.
func endpointsOnly(targets []target, connString string) error {
	var nonEndpoint error
	endpoints := 0
	for _, t := range targets {
		err := notEndpoint(t.host, connString)
		switch {
		case err == nil:
			endpoints++
		case !errors.Is(err, rdstls.ErrNotEndpoint):
			return err // an endpoint, but with a port in its name or a misspelled Region
		case nonEndpoint == nil:
			nonEndpoint = err
		}
	}
	var refused *rdstls.ConfigError
	if endpoints > 0 && errors.As(nonEndpoint, &refused) {
		reason, _, _ := strings.Cut(refused.Err.Error(), "; if it is an alias")                                                             // all hosts would have to prove that name
		return hostError(fmt.Errorf("%w: %s, though other hosts of the list are; look for a comma too many", rdstls.ErrUnverified, reason)) // not %w
	}
	return nonEndpoint
}

func notEndpoint(host, connString string) error {
	if reason := notTCPHost(host, connString); reason != "" {
		return hostError(fmt.Errorf("%w: %s", rdstls.ErrNotEndpoint, reason))
	}
	_, err := rdstls.ParseEndpoint(host)
	err = adapter.NotMisspelled(err)
	var refused *rdstls.ConfigError
	if from := origin(connString, "host"); from != "" && errors.As(err, &refused) {
		return &rdstls.ConfigError{Setting: refused.Setting, Err: fmt.Errorf("%w%s", refused.Err, from)}
	}
	return err
}

// notTCPHost says why TLS cannot verify host, or returns "".
func notTCPHost(host, connString string) string {
	if host == "" {
		return "the host is empty"
	}
	if network, _ := pgconn.NetworkAddress(host, 0); network != "unix" {
		return ""
	}
	name := "it"
	if !strings.ContainsAny(host, "="+adapter.Spaces) { // it can be the rest of the string, if a quote is missing
		name = strconv.Quote(host)
	}
	reason := name + " is a Unix socket, which has no TLS; pgx uses one if the host is empty"
	if !sets(connString, "host") {
		reason += "; the connection string has no host, so it comes from PGHOST, a service file or pgx's default"
	}
	return reason
}

// isMalformed reports whether host holds a character that no host name has. pgx
// takes words of a malformed string for hosts, as libpq does (pgx v5.12.0,
// pgconn/config.go), and the string may name an endpoint all the same.
func isMalformed(host string) bool {
	network, _ := pgconn.NetworkAddress(host, 0)
	return network != "unix" && strings.ContainsAny(host, "=/\\@,?#&;'\"`()<>{}|!*\u200b\u00a0“”‘’"+adapter.Spaces)
}

func hostError(err error) error { return &rdstls.ConfigError{Setting: "host", Err: err} }
