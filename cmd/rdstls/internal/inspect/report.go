// Package inspect makes one connection to a database server, says what the server
// showed, and what each common client setting would do with it. It never logs in
// and has no way to skip verification.
package inspect

import "time"

// A Server is what is known of one target. Everything that a server wrote is
// escaped and bounded.
type Server struct {
	Target        string        `json:"target"`
	Address       string        `json:"address"`
	ServerName    string        `json:"server_name"`
	Endpoint      *Endpoint     `json:"endpoint"`
	Protocol      Protocol      `json:"protocol"`
	ServerVersion string        `json:"server_version"`
	TLS           *TLS          `json:"tls"`
	Verified      bool          `json:"verified"`
	Reason        string        `json:"reason"`
	Advice        string        `json:"advice"`
	Error         string        `json:"error"`
	Chain         []Certificate `json:"chain"`
	RootCA        *RootCA       `json:"root_ca"`
	Plaintext     string        `json:"plaintext"`
	Settings      []Setting     `json:"settings"`

	// Hint is for people: a CNAME that points to an endpoint.
	Hint string `json:"-"`

	// AnyRegion says that the server was verified by its own name, against the
	// embedded CAs of all Regions.
	AnyRegion bool `json:"-"`

	// PEM is the chain as presented.
	PEM []byte `json:"-"`
}

// An Endpoint is what the name of an RDS endpoint says.
type Endpoint struct {
	Kind      string `json:"kind"`
	Region    string `json:"region"`
	Partition string `json:"partition"`
}

// TLS is what was negotiated.
type TLS struct {
	Version     string `json:"version"`
	CipherSuite string `json:"cipher_suite"`
	KeyExchange string `json:"key_exchange"`
}

// A Certificate is one of the chain that the server presented.
type Certificate struct {
	Subject   string    `json:"subject"`
	Issuer    string    `json:"issuer"`
	Names     []string  `json:"names"`
	NotBefore time.Time `json:"not_before"`
	NotAfter  time.Time `json:"not_after"`
	DaysLeft  int       `json:"days_left"`
	PublicKey string    `json:"public_key"`
	Signature string    `json:"signature"`
	SHA256    string    `json:"sha256"`
	IsCA      bool      `json:"is_ca"`
}

// A RootCA is the embedded root that the chain was checked against.
type RootCA struct {
	ID       string    `json:"id"`
	Region   string    `json:"region"`
	NotAfter time.Time `json:"not_after"`

	Subject string `json:"-"`
}

// A Setting is what one client would do with this server.
type Setting struct {
	Client    string `json:"client"`
	Setting   string `json:"setting"`
	Roots     string `json:"roots"`
	Connects  *bool  `json:"connects"`
	Encrypted *bool  `json:"encrypted"`
	Accepts   string `json:"accepts"`
}

// What Server.Plaintext can be, besides "" if nobody asked.
const (
	plaintextRefused  = "refused"
	plaintextAccepted = "accepted"
	plaintextUnknown  = "unknown"
)

// Reasons of this package, for what rdstls.Diagnose does not explain.
const (
	reasonDNS          = "dns"
	reasonUnreachable  = "unreachable"
	reasonMySQLError   = "mysql-error"
	reasonLateGreeting = "late-greeting"
	reasonDirectTLS    = "direct-tls"
	reasonOther        = "other"
)

// foundReasons are those that say something about the server; the others say that
// nothing is known.
var foundReasons = map[string]bool{
	"name": true, "region": true, "amazon-trust": true, "unknown-root": true, "not-rds": true,
	"expired": true, "not-yet-valid": true, "no-tls": true, "tls-version": true,
}

// Found reports whether something is wrong with s. minDays is the least number of
// days that its certificate must have left.
func (s *Server) Found(minDays int) bool {
	return foundReasons[s.Reason] || s.Plaintext == plaintextAccepted || s.Expiring(minDays)
}

// Expiring reports whether the server's certificate has less than minDays left.
func (s *Server) Expiring(minDays int) bool {
	return minDays > 0 && len(s.Chain) > 0 && s.Chain[0].DaysLeft < minDays
}

// Unverifiable reports whether it is unknown who s is.
func (s *Server) Unverifiable() bool { return !s.Verified && !foundReasons[s.Reason] }

// Unknown reports whether something that was asked about s could not be answered.
// Whether MySQL accepts plaintext never can.
func (s *Server) Unknown() bool {
	return s.Unverifiable() || s.Protocol == Postgres && s.Plaintext == plaintextUnknown
}
