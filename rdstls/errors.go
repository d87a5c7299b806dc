package rdstls

import "errors"

// The reasons for which a configuration is refused. They are wrapped in a
// [*ConfigError]; match them with [errors.Is].
var (
	// ErrNotEndpoint says that a name is no RDS endpoint, so that nothing is
	// known of who may vouch for it: an alias, an IP address, localhost, a Unix
	// socket. If it is an alias for an endpoint, set Options.ServerName.
	ErrNotEndpoint = errors.New("not an RDS endpoint")

	// ErrNoRoots says that this version of the module embeds no certificate
	// authorities for an endpoint. Upgrade it, or set Options.Roots.
	ErrNoRoots = errors.New("no embedded roots")

	// ErrPlaintext says that a connection would not be encrypted.
	ErrPlaintext = errors.New("connection would not be encrypted")

	// ErrUnverified says that a server would not be verified, or was not.
	ErrUnverified = errors.New("server would not be verified")
)

// A ConfigError is the error of a configuration that was refused. Nothing was
// connected and nothing was changed; trying again does not help.
type ConfigError struct {
	Setting string // what to change, such as "host", "sslmode" or "Base.RootCAs"
	Err     error  // why; it never holds a password or a connection string
}

// Error returns the text of the error, with the setting in it.
func (e *ConfigError) Error() string { return "rdstls: " + e.Setting + ": " + e.Err.Error() }

// Unwrap returns e.Err.
func (e *ConfigError) Unwrap() error { return e.Err }
