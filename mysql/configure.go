package rdsmysql

import (
	"context"
	"crypto/tls"
	"fmt"

	"github.com/go-sql-driver/mysql"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

// setInCode is the TLSConfig of a configured mysql.Config: the key of a profile
// that is never registered. mysql.Config.FormatDSN drops the field TLS; with
// this key in its place, the DSN is refused by the driver, in these words,
// rather than understood as one without TLS.
// The second key says that the hook for Options.Password is this package's.
const (
	setInCode             = "set by rdsmysql in code: pass the *sql.DB or Connector, not a DSN"
	setInCodeWithPassword = setInCode + " (it has an Options.Password as well)"
)

// Configure makes every connection made with cfg verify the server at cfg.Addr,
// whatever its DSN said. A nil opts is the default. It overrides these fields:
//
//   - TLS: as built by [rdstls.ClientConfig] for the host in Addr
//   - TLSConfig: a key that is never registered, so that a DSN made of cfg fails
//     rather than connect without TLS
//   - AllowFallbackToPlaintext and AllowOldPasswords: false
//
// From the TLS configuration that cfg held, or that TLSConfig named, it keeps
// client certificates, unless Options.Base has some, a MinVersion above TLS 1.2,
// and a VerifyConnection, which runs after this package's. A VerifyPeerCertificate
// is dropped: it does not run on resumed sessions.
//
// With Options.Password it also sets the driver's BeforeConnect hook, which asks
// for a password for each connection and allows that the server asks for it in
// clear, inside TLS, as RDS does for IAM tokens; cfg.AllowCleartextPasswords can
// stay false. The driver has a single slot for that hook and does not show it: a
// hook that was there is lost, and one that is set later replaces this one.
//
// Networks other than "unix" are accepted, those of [mysql.RegisterDialContext]
// included, if Addr is "host:port". Configure may be called again, and then
// replaces what it set before.
//
// [NewConnector] adds what a configuration cannot express: a bound on the time of
// an attempt; that a BeforeConnect hook of the caller's cannot undo the
// verification; and a check of the greeting, which comes before TLS and which
// somebody on the path can change. Without that check a greeting can make the
// driver panic, ignore DBName and ClientFoundRows on the verified connection, or,
// with RejectReadOnly, end the attempt with a COM_QUIT in plaintext.
//
// cfg is unchanged if Configure returns an error. Errors are of type
// [*rdstls.ConfigError]. They match [rdstls.ErrNotEndpoint] if the host is no RDS
// endpoint, whatever tls says, [rdstls.ErrPlaintext] if plaintext was asked for,
// and those of rdstls.ClientConfig.
func Configure(cfg *mysql.Config, opts *rdstls.Options) error {
	var o rdstls.Options
	if opts != nil {
		o = *opts
	}
	host, port, err := addressOf(cfg, &o)
	if err != nil {
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
		return nil, fmt.Errorf("no profile is registered under %q", cfg.TLSConfig)
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
	password := o.Password
	return cfg.Apply(mysql.BeforeConnect(func(ctx context.Context, conn *mysql.Config) error {
		// conn is the copy for one connection. What was done to cfg since Configure is in it.
		if err := Check(conn); err != nil {
			return err
		}
		p, err := adapter.Password(ctx, password, endpoint, conn.User)
		if err != nil {
			return err
		}
		conn.Passwd = p
		conn.AllowCleartextPasswords = true
		return nil
	}))
}
