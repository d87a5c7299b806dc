package rdspgx

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/rdstls"
)

// A target is one host and port of a configuration, of which pgx makes one or
// two attempts: sslmode=prefer and sslmode=allow try without TLS as well.
type target struct {
	host string
	port uint16
	tls  *tls.Config // of the first attempt that has one; nil if none has
}

// targetsOf returns the distinct hosts and ports of cfg in the order of their
// first attempts.
func targetsOf(cfg *pgconn.Config) []target {
	attempts := append([]*pgconn.FallbackConfig{{Host: cfg.Host, Port: cfg.Port, TLSConfig: cfg.TLSConfig}}, cfg.Fallbacks...)
	var targets []target
	for _, a := range attempts {
		t := find(targets, a.Host, a.Port)
		if t == nil {
			targets = append(targets, target{host: a.Host, port: a.Port, tls: a.TLSConfig})
		} else if t.tls == nil {
			t.tls = a.TLSConfig
		}
	}
	return targets
}

// find treats spellings of one name as one: DNS does. The lengths are compared
// because EqualFold also folds letters into ASCII that are not in it.
func find(targets []target, host string, port uint16) *target {
	for i := range targets {
		t := &targets[i]
		a, b := strings.TrimSuffix(t.host, "."), strings.TrimSuffix(host, ".")
		if t.port == port && len(a) == len(b) && strings.EqualFold(a, b) {
			return t
		}
	}
	return nil
}

// judge refuses targets that cannot be verified. The address comes before the
// mode, so that a program that leaves alone whatever is ErrNotEndpoint, such as
// a database on localhost, never leaves an endpoint unverified. Hosts are quoted
// only if quote is set.
func judge(targets []target, o *rdstls.Options, quote bool) error {
	if o.Roots == nil && o.ServerName == "" {
		if err := endpointsOnly(targets, quote); err != nil {
			return err
		}
	}
	for _, t := range targets {
		if why := notTCPHost(t.host, quote); why != "" {
			return hostError(fmt.Errorf("%w: %s", rdstls.ErrUnverified, why))
		}
	}
	if o.ServerName != "" && len(targets) > 1 {
		return &rdstls.ConfigError{
			Setting: "ServerName",
			Err:     fmt.Errorf("it names one server, but the connection string has %d hosts", len(targets)),
		}
	}
	for _, t := range targets {
		if t.tls == nil {
			return &rdstls.ConfigError{
				Setting: "sslmode",
				Err: fmt.Errorf("%w: sslmode=disable asks for plaintext, and so does a connection string without a host; "+
					"leave sslmode out, and write the host into the string", rdstls.ErrPlaintext),
			}
		}
	}
	return nil
}

// endpointsOnly refuses a list that has other hosts than RDS endpoints. The
// error matches ErrNotEndpoint only if none is one.
func endpointsOnly(targets []target, quote bool) error {
	var stranger error
	endpoints := 0
	for _, t := range targets {
		err := notEndpoint(t.host, quote)
		switch {
		case err == nil:
			endpoints++
		case !errors.Is(err, rdstls.ErrNotEndpoint):
			return err // an endpoint, but with a port in its name
		case stranger == nil:
			stranger = err
		}
	}
	var refused *rdstls.ConfigError
	if endpoints > 0 && errors.As(stranger, &refused) {
		why, _, _ := strings.Cut(refused.Err.Error(), "; if it is an alias")                                  // ServerName is for one host
		return hostError(fmt.Errorf("%w: %s, though other hosts of the list are", rdstls.ErrUnverified, why)) // not %w
	}
	return stranger
}

func notEndpoint(host string, quote bool) error {
	if why := notTCPHost(host, quote); why != "" {
		return hostError(fmt.Errorf("%w: %s", rdstls.ErrNotEndpoint, why))
	}
	_, err := rdstls.ParseEndpoint(host)
	switch {
	case err == nil || quote:
		return err
	case errors.Is(err, rdstls.ErrNotEndpoint):
		return hostError(fmt.Errorf("%w; it is not shown: is the password percent-encoded?", rdstls.ErrNotEndpoint))
	}
	return hostError(errors.New("it has a port; give the host alone"))
}

// notTCPHost says why host is none that TLS can verify, or "". It does not quote
// a host that holds signs of its syntax: in "host= password=secret", pgx takes
// the next word for the host (pgx v5.12.0, pgconn/config.go, as libpq does).
func notTCPHost(host string, quote bool) string {
	switch network, _ := pgconn.NetworkAddress(host, 0); {
	case host == "":
		return "the host is empty"
	case network == "unix" && quote && !strings.ContainsAny(host, "= \t"):
		return fmt.Sprintf("%q is a Unix socket, which has no TLS; an empty host means one as well", host)
	case network == "unix":
		return "it is a Unix socket, which has no TLS; an empty host means one as well"
	case strings.ContainsAny(host, "=/\\@, \t\r\n\v\f"):
		return "the host holds a sign that no host name has; is a value of the connection string empty or unquoted?"
	}
	return ""
}

func hostError(err error) error { return &rdstls.ConfigError{Setting: "host", Err: err} }
