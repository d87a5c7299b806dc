package rdsmysql

import (
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/rdstls"
)

// Check reports why a connection made with cfg would not verify its server, or
// nil if it would. It only checks the configuration: not the pool of roots, not
// names and not hooks. It does not connect. A configuration that [Configure]
// made passes, and so does a hand-written one that sets RootCAs and leaves
// verification on.
//
// Use it in a test, to keep a program's configuration honest, and after
// [mysql.ParseDSN] in a program that relies on [RegisterTLSConfig]. Errors are
// of type [*rdstls.ConfigError]; they match [rdstls.ErrPlaintext] or
// [rdstls.ErrUnverified].
//
// Do not call Check on a configuration that was given to [NewConnector], which works
// on a copy and leaves cfg as it was. The connector that it returns needs no Check.
func Check(cfg *mysql.Config) error {
	if cfg == nil {
		return errNilConfig
	}
	tlsConfig, err := tlsOf(cfg)
	switch {
	case err != nil:
		return &rdstls.ConfigError{Setting: "TLSConfig", Err: fmt.Errorf("%w: %w", rdstls.ErrUnverified, err)}
	case tlsConfig == nil:
		return &rdstls.ConfigError{
			Setting: "TLS",
			Err:     fmt.Errorf("%w: it is nil, with tls=%q", rdstls.ErrPlaintext, cfg.TLSConfig),
		}
	case cfg.AllowFallbackToPlaintext:
		return &rdstls.ConfigError{
			Setting: "AllowFallbackToPlaintext",
			Err:     fmt.Errorf("%w as soon as a server, or an attacker in its place, says that it has no TLS", rdstls.ErrPlaintext),
		}
	}
	var refused *rdstls.ConfigError
	if errors.As(rdstls.Check(tlsConfig), &refused) {
		return &rdstls.ConfigError{Setting: "TLS." + refused.Setting, Err: refused.Err}
	}
	return nil
}
