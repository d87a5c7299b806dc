package rdstls

import "errors"

// An error about an endpoint, its roots, plaintext or verification matches one of these
// with [errors.Is]. Errors about another setting, such as Base.Rand, match none of them;
// they are only of type [*ConfigError].
var (
	// ErrNotEndpoint is returned when a name is not an RDS endpoint: an alias,
	// an IP address, localhost, a Unix socket. This module does not know which
	// CAs may issue a certificate for it. If it is an alias for an endpoint,
	// set Options.ServerName.
	ErrNotEndpoint = errors.New("not an RDS endpoint")

	// ErrNoRoots is returned when this version of the module embeds no roots for an
	// endpoint. Upgrade it, or set Options.Roots.
	ErrNoRoots = errors.New("no embedded roots")

	// ErrPlaintext is returned when a connection is not encrypted, or would not be.
	ErrPlaintext = errors.New("connection not encrypted")

	// ErrUnverified is returned when a server is not verified, or would not be.
	ErrUnverified = errors.New("server not verified")
)

// A ConfigError is returned when a configuration is refused. Nothing was changed, and no
// part of a login was sent. Trying again does not help.
type ConfigError struct {
	Setting string // what to change, such as "host", "sslmode" or "Base.RootCAs"
	Err     error  // why; it never holds a password or a connection string
}

// Error returns the text of the error, with the setting in it.
func (e *ConfigError) Error() string { return "rdstls: " + e.Setting + ": " + e.Err.Error() }

// Unwrap returns e.Err.
func (e *ConfigError) Unwrap() error { return e.Err }
