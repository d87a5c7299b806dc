package rdspgx

import (
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rdstls/go/rdstls"
)

// Check reports why some connection attempt that cfg allows would not verify its
// server, or nil if all of them would. It looks only at the configuration; it
// does not connect. What [Configure] made passes, and so does a configuration
// written by hand with sslmode=verify-full and a file of roots.
//
// Use it in a test, to keep a program's configuration honest. Errors are of type
// [*rdstls.ConfigError]; they match [rdstls.ErrPlaintext] or
// [rdstls.ErrUnverified] and name the attempt: TLSConfig or Fallbacks[i].
//
// Check cannot see into hooks: a DialFunc that connects elsewhere is not its
// business, since TLS verifies who answers there.
func Check(cfg *pgx.ConnConfig) error {
	if err := checkAttempt("", cfg.Host, cfg.TLSConfig); err != nil {
		return err
	}
	for i, f := range cfg.Fallbacks {
		if err := checkAttempt(fmt.Sprintf("Fallbacks[%d].", i), f.Host, f.TLSConfig); err != nil {
			return err
		}
	}
	return nil
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
