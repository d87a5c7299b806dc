package rdsmysql

import (
	"crypto/tls"
	"errors"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// RegisterTLSConfig registers a TLS config key with the driver, for programs that can
// only pass a DSN. With "?tls=key", the driver then verifies the RDS endpoint that the
// DSN names, as with [rdstls.SharedConfig]. With Options.ServerName, it verifies that
// endpoint, whatever host the DSN names. The registry is the driver's and global to the
// process.
//
// Prefer [OpenDB]. This function cannot see the DSN, and a DSN can still undo
// the key: "tls=key&allowFallbackToPlaintext=true", "tls=key&tls=" and
// "TLS=key" can all end in plaintext. To rule these DSNs out, call [Check] with the
// result of [ParseDSN]: Check refuses each of them. Two risks remain. An attempt has no
// time limit, and a malformed or edited greeting can mislead the driver or make it panic.
//
// RegisterTLSConfig refuses Options.Password, an empty key, and a key that the driver
// reserves, such as "true". Errors are of type [*rdstls.ConfigError].
func RegisterTLSConfig(key string, opts *rdstls.Options) error {
	cfg, err := adapter.Profile(opts, registeredConfig)
	if err != nil {
		return err
	}
	if key == "" {
		return &rdstls.ConfigError{Setting: "key", Err: errors.New("it is empty, which means plaintext to the driver")}
	}
	if err := mysql.RegisterTLSConfig(key, cfg); err != nil {
		return &rdstls.ConfigError{Setting: "key", Err: err}
	}
	return nil
}

func registeredConfig(opts *rdstls.Options) (*tls.Config, error) {
	if opts.ServerName == "" {
		return rdstls.SharedConfig(opts)
	}
	if opts.Password != nil {
		return nil, &rdstls.ConfigError{Setting: "Password", Err: errors.New("a TLS config key cannot supply passwords; use OpenDB")}
	}
	return rdstls.ClientConfig("", opts)
}
