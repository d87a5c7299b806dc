package rdstls

import "crypto/tls"

// Check returns nil if a connection made with cfg would verify its server. Otherwise
// its error says why not. Check looks only at the configuration; it does not connect.
// A configuration written by hand passes if it sets RootCAs and leaves verification
// on: Check does not look at which roots RootCAs holds. An empty ServerName passes,
// because crypto/tls does not connect without one, and drivers set it.
//
// Use it in a unit test of a program's configuration:
//
//	if err := rdstls.Check(cfg); err != nil {
//		t.Error(err)
//	}
//
// Errors are of type [*ConfigError] and match [ErrUnverified].
func Check(cfg *tls.Config) error {
	switch {
	case cfg == nil:
		return &ConfigError{Setting: "tls.Config", Err: unverified("there is no TLS configuration")}
	case cfg.InsecureSkipVerify:
		return &ConfigError{Setting: "InsecureSkipVerify", Err: unverified(reasonSkip)}
	case cfg.RootCAs == nil:
		return &ConfigError{Setting: "RootCAs", Err: unverified("it is nil, so the system roots are used, which do not include the RDS CAs")}
	case cfg.MinVersion != 0 && cfg.MinVersion < tls.VersionTLS12:
		return &ConfigError{Setting: "MinVersion", Err: unverified(reasonOldTLS)}
	case cfg.MaxVersion != 0 && cfg.MaxVersion < tls.VersionTLS12:
		return &ConfigError{Setting: "MaxVersion", Err: unverified(reasonOldTLS)}
	}
	return nil
}
