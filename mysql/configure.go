package rdsmysql

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// setInCode is the TLSConfig of a configured mysql.Config: a TLS config key
// that is never registered. mysql.Config.FormatDSN drops the field TLS; with
// this key in its place, the DSN is refused by the driver, in these words,
// rather than understood as one without TLS.
// The second key says that the hook for Options.Password is this package's.
const (
	setInCode             = "set by rdsmysql in code: pass the *sql.DB or Connector, not a DSN"
	setInCodeWithPassword = setInCode + " (it has an Options.Password as well)"
)

// errNilConfig is what everything that takes a *mysql.Config returns for nil.
var errNilConfig error = &rdstls.ConfigError{Setting: "cfg", Err: errors.New("it is nil; mysql.NewConfig makes one")}

// Configure makes every connection made with cfg verify the server at cfg.Addr,
// whatever its DSN said; tls=false is refused. A nil opts means the zero Options. If
// Configure returns an error, a [*rdstls.ConfigError], cfg is unchanged. The package
// comment lists the fields that Configure sets, its errors, and what only
// [NewConnector] adds.
func Configure(cfg *mysql.Config, opts *rdstls.Options) error {
	if cfg == nil {
		return errNilConfig
	}
	var o rdstls.Options
	if opts != nil {
		o = *opts
	}
	host, port, err := addressOf(cfg, &o)
	if err != nil {
		return err
	}
	if err := checkValues(cfg, cfg.Passwd != "" || o.Password != nil); err != nil {
		return err
	}
	old, err := tlsOf(cfg)
	if err != nil {
		return &rdstls.ConfigError{Setting: "TLSConfig", Err: err}
	}
	if old == nil && cfg.TLSConfig == "false" {
		return &rdstls.ConfigError{
			Setting: "tls",
			Err:     fmt.Errorf("%w: tls=false asks for plaintext; leave tls out", rdstls.ErrPlaintext),
		}
	}
	server, err := adapter.ForServer(host, &o, old, nil)
	if err != nil {
		return err
	}
	if err := setPassword(cfg, &o, adapter.Endpoint(server, &o, port)); err != nil {
		return err
	}
	cfg.TLS = server.TLS
	cfg.AllowFallbackToPlaintext = false
	cfg.AllowOldPasswords = false
	return nil
}

// tlsOf returns the TLS configuration that the driver would use for cfg.
// TLSConfig is only a name before the driver has looked it up, and a parsed DSN
// is the only way to ask it to.
func tlsOf(cfg *mysql.Config) (*tls.Config, error) {
	switch cfg.TLSConfig {
	case "", "false", setInCode, setInCodeWithPassword:
		return cfg.TLS, nil
	}
	if cfg.TLS != nil {
		return cfg.TLS, nil
	}
	dsn := mysql.Config{Net: "tcp", Addr: "127.0.0.1:3306", TLSConfig: cfg.TLSConfig}
	parsed, err := mysql.ParseDSN(dsn.FormatDSN())
	if err != nil {
		return nil, fmt.Errorf("no TLS config is registered under %q", cfg.TLSConfig)
	}
	return parsed.TLS, nil
}

// setPassword sets TLSConfig and installs the hook for o.Password, or removes
// the one of an earlier call.
func setPassword(cfg *mysql.Config, o *rdstls.Options, endpoint string) error {
	installed := cfg.TLSConfig == setInCodeWithPassword
	if o.Password == nil {
		cfg.TLSConfig = setInCode
		if installed {
			return cfg.Apply(mysql.BeforeConnect(nil))
		}
		return nil
	}
	cfg.TLSConfig = setInCodeWithPassword
	passwords := adapter.NewPasswords(o.Password, nil) // one for all connections: it bounds the calls
	return cfg.Apply(mysql.BeforeConnect(func(ctx context.Context, conn *mysql.Config) error {
		// conn is the copy for one connection. What was done to cfg since Configure is in it.
		if err := Check(conn); err != nil {
			return err
		}
		p, err := passwords.Get(ctx, endpoint, conn.User)
		if err != nil {
			return err
		}
		conn.Passwd = p
		conn.AllowCleartextPasswords = true
		return nil
	}))
}
