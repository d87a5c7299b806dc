package rdsmysql

import (
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/rdstls"
)

// Check returns nil if a connection made with cfg would verify its server. Otherwise its
// error says why not. Check looks only at the configuration; it does not connect. It does
// not check which roots RootCAs holds, which name is verified, or what a hook does. A
// configuration that [Configure] made passes, and so does one written by hand that sets
// RootCAs and leaves verification on.
//
// Use it in a test, to detect a configuration that does not verify, and after [ParseDSN]
// in a program that relies on [RegisterTLSConfig]. Errors are of type
// [*rdstls.ConfigError]; they match [rdstls.ErrPlaintext] or [rdstls.ErrUnverified].
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
