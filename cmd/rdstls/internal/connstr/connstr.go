// Package connstr tells what a driver would do with a connection string, without
// the driver: which hosts it names, and whether the server would be verified.
//
// A part of a string that is not known, such as the value of a variable, is a
// [Hole]. Nothing here reads the environment or a file.
package connstr

import "strings"

// Hole stands in a string for a part that is not known. It is of a range that
// Unicode leaves to private use, so no real string has it.
const Hole = "\uE000"

// HasHole reports whether a part of s is not known.
func HasHole(s string) bool { return strings.Contains(s, Hole) }

// A Verdict is what a driver does with a connection string.
type Verdict int

// The verdicts, from the one that accepts least.
const (
	Verified    Verdict = iota // the server is verified, with roots that the string names or the program adds
	Unknown                    // a part of the string that decides is not known
	SystemRoots                // verified against the system's roots, which lack the RDS CAs: no RDS instance passes
	ChainOnly                  // any server with a certificate of the same CA passes
	Unverified                 // any server with TLS passes
	Plaintext                  // any server passes, without TLS or with a fallback to it
	Invalid                    // the driver refuses the string
)

// A Conn is what a connection string says.
type Conn struct {
	Hosts []string // as written; "" is the driver's default, a server on this machine
	// Mode is the value of sslmode or tls as the driver reads it, "" if there is none.
	Mode string
	// RootCert is the value of sslrootcert, "" if there is none.
	RootCert string
	// Direct is set by sslnegotiation=direct, with which pgx never uses plaintext
	// instead of an sslmode of prefer.
	Direct bool
	// Fallback is set by allowFallbackToPlaintext of the MySQL driver.
	Fallback bool
	// Cleartext is set by allowCleartextPasswords of the MySQL driver.
	Cleartext bool
	// Unknown is set if a part that can hold a mode is a Hole. A mode that is written
	// out counts all the same.
	Unknown bool
	// Ignored names a setting that looks like a mode and is not one to this driver,
	// or a spelling that changes what was meant; "" if there is none.
	Ignored string
	// Network is the network of a MySQL DSN.
	Network string
}

// Pgx returns what pgx does with c (pgx v5.12.0, pgconn/config.go, configTLS).
func (c Conn) Pgx() Verdict {
	if c.RootCert == "system" {
		return SystemRoots // whatever sslmode says
	}
	if c.Unknown && c.Mode == "" || HasHole(c.Mode) {
		return Unknown
	}
	switch c.Mode {
	case "", "prefer":
		if c.Direct {
			return Unverified
		}
		return Plaintext
	case "disable", "allow":
		return Plaintext
	case "require":
		if c.RootCert != "" {
			return ChainOnly
		}
		return Unverified
	case "verify-ca":
		return ChainOnly
	case "verify-full":
		if c.RootCert == "" {
			return SystemRoots
		}
		return Verified
	}
	return Invalid
}

// PQ returns what lib/pq does with c (lib/pq v1.12.3, ssl.go). Its default is
// require, and a key of its own registry is a mode too.
func (c Conn) PQ() Verdict {
	switch {
	case c.Unknown && c.Mode == "" || HasHole(c.Mode):
		return Unknown
	case strings.HasPrefix(c.Mode, "pqgo-"):
		return Verified
	case c.Mode == "":
		c.Mode = "require"
	}
	if c.RootCert == "system" && c.Mode != "verify-full" {
		return Invalid
	}
	return c.Pgx()
}

// MySQL returns what go-sql-driver/mysql does with c (go-sql-driver/mysql v1.10.1,
// dsn.go, normalize).
func (c Conn) MySQL() Verdict {
	if c.Unknown && c.Mode == "" || HasHole(c.Mode) {
		return Unknown
	}
	switch {
	case c.Mode == "" || c.Mode == "false" || c.Mode == "preferred" || c.Fallback:
		return Plaintext
	case c.Mode == "skip-verify":
		return Unverified
	case c.Mode == "true":
		return SystemRoots
	}
	return Verified // a registered key
}
