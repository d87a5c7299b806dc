package rdspgx

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/rdstls"
)

// Check returns nil if every connection attempt that cfg allows would verify its server.
// Otherwise its error says why one would not. Check looks only at the configuration; it
// does not connect. A configuration that [Configure] made passes, and so does one
// written by hand with sslmode=verify-full and a file of roots.
//
// Use it in a test, to detect a configuration that does not verify. Errors are of type
// [*rdstls.ConfigError]; they match [rdstls.ErrPlaintext] or
// [rdstls.ErrUnverified] and name the attempt: TLSConfig or Fallbacks[i].
//
// Check also reports two faults of a configuration that Configure made: its guard (the
// AfterNetConnect hook) was replaced, or an attempt is one that the guard would refuse.
// To find the guard behind a hook that calls it, Check calls AfterNetConnect with a
// connection that is closed. It does not look into other hooks: the server that a
// DialFunc connects to must still prove the expected name.
func Check(cfg *pgx.ConnConfig) error {
	if err := checkNil(cfg); err != nil {
		return err
	}
	attempts := attemptsOf(&cfg.Config)
	for i, a := range attempts {
		if err := checkAttempt(attemptName(i), a.Host, a.TLSConfig); err != nil {
			return err
		}
	}
	if markOf(attempts) == nil {
		return nil // Configure did not make it
	}
	g := guardOf(&cfg.Config)
	if g == nil {
		return &rdstls.ConfigError{Setting: "AfterNetConnect", Err: fmt.Errorf("%w: it was changed after Configure, "+
			"which takes Options.Password and a part of the verification away; set the hook before Configure", rdstls.ErrUnverified)}
	}
	return g.unchanged(&cfg.Config)
}

func checkAttempt(prefix, host string, tlsConfig *tls.Config) error {
	if network, _ := pgconn.NetworkAddress(host, 0); network == "unix" {
		return &rdstls.ConfigError{
			Setting: prefix + "Host",
			Err:     fmt.Errorf("%w: a Unix socket has no TLS", rdstls.ErrPlaintext),
		}
	}
	if tlsConfig == nil {
		return &rdstls.ConfigError{
			Setting: prefix + "TLSConfig",
			Err:     fmt.Errorf("%w: it is nil", rdstls.ErrPlaintext),
		}
	}
	var refused *rdstls.ConfigError
	if errors.As(rdstls.Check(tlsConfig), &refused) {
		return &rdstls.ConfigError{Setting: prefix + "TLSConfig." + refused.Setting, Err: refused.Err}
	}
	return nil
}
