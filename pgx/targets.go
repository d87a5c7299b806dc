package rdspgx

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/rdstls"
)

// attemptsOf returns the attempts of cfg in the order in which pgx makes them.
func attemptsOf(cfg *pgconn.Config) []*pgconn.FallbackConfig {
	first := &pgconn.FallbackConfig{Host: cfg.Host, Port: cfg.Port, TLSConfig: cfg.TLSConfig}
	return append([]*pgconn.FallbackConfig{first}, cfg.Fallbacks...)
}

// attemptName names attempt i in a setting of a ConfigError.
func attemptName(i int) string {
	if i == 0 {
		return ""
	}
	return fmt.Sprintf("Fallbacks[%d].", i-1)
}

// checkNil refuses what pgx panics at.
func checkNil(cfg *pgx.ConnConfig) error {
	isNil := fmt.Errorf("%w: it is nil", rdstls.ErrUnverified)
	if cfg == nil {
		return &rdstls.ConfigError{Setting: "pgx.ConnConfig", Err: isNil}
	}
	for i, f := range cfg.Fallbacks {
		if f == nil {
			return &rdstls.ConfigError{Setting: fmt.Sprintf("Fallbacks[%d]", i), Err: isNil}
		}
	}
	return nil
}

// A target is one attempt that a configuration must make.
type target struct {
	host string
	port uint16
	tls  *tls.Config // nil if every attempt at this host and port is without TLS
}

// targetsOf returns the attempts of cfg, without the ones that sslmode=prefer and
// sslmode=allow add for the same host and port without TLS. Further attempts at one
// host stay: pgx goes on to them if the first is refused, or is a standby.
func targetsOf(cfg *pgconn.Config) []target {
	attempts := attemptsOf(cfg)
	var targets []target
	for _, a := range attempts {
		if a.TLSConfig != nil || !hasTLSAttempt(attempts, a) {
			targets = append(targets, target{host: a.Host, port: a.Port, tls: a.TLSConfig})
		}
	}
	return targets
}

func hasTLSAttempt(attempts []*pgconn.FallbackConfig, like *pgconn.FallbackConfig) bool {
	for _, a := range attempts {
		if a.TLSConfig != nil && a.Port == like.Port && a.Host == like.Host {
			return true
		}
	}
	return false
}

// explainHostChange returns err, or a better error if a program has set cfg.Host
// after it parsed the string. TLSConfig and Fallbacks are those of the string then.
func explainHostChange(cfg *pgx.ConnConfig, err error) error {
	aboutOthers := errors.Is(err, rdstls.ErrPlaintext) || len(cfg.Fallbacks) > 0
	if !aboutOthers || errors.Is(err, rdstls.ErrNotEndpoint) || !isHostChanged(cfg) {
		return err
	}
	reason := rdstls.ErrUnverified
	if errors.Is(err, rdstls.ErrPlaintext) {
		reason = rdstls.ErrPlaintext
	}
	return &rdstls.ConfigError{Setting: "Host", Err: fmt.Errorf("%w: Host was changed after ParseConfig, "+
		"and TLSConfig and Fallbacks still lead to the host of the connection string; "+
		"set Host, Port and Fallbacks (to nil) together, and parse a string that has a host and no sslmode=disable", reason)}
}

// isHostChanged parses the string again, which reads files and the environment. It
// is called only if cfg is refused.
func isHostChanged(cfg *pgx.ConnConfig) bool {
	parsed, err := pgx.ParseConfig(cfg.ConnString())
	return err == nil && !strings.EqualFold(parsed.Host, cfg.Host)
}
