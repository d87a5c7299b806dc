package attackmatrix

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
)

const (
	host  = "orders.c9akciq32rgc.eu-west-1.rds.amazonaws.com"
	other = "users.c9akciq32rgc.eu-west-1.rds.amazonaws.com"

	// What an attacker wants. The words are not found anywhere by accident.
	user     = "usr-Zq7vK2mXw9Tb"
	password = "pwd-8RfHn3LcYe5U"
	database = "dbn-G4sJx6PaWo1D"

	// bound ends what should have ended long before; patience what an attacker
	// drags out.
	bound    = time.Minute
	patience = time.Second
)

// authority is the CA that the clients trust, if they verify at all.
var authority = sync.OnceValue(func() *testcerts.Authority { return testcerts.New("eu-west-1", testcerts.RSA2048) })

func serving(cert tls.Certificate) *tls.Config {
	return &tls.Config{Certificates: []tls.Certificate{cert}}
}

// A scene is what there is on the network when a client connects to host.
type scene struct {
	evil []*fakedb.Server // the attackers; the client meets the first at host

	// The true server, which answers from the second connection on. It is nil in
	// most scenes.
	honest *fakedb.Server

	// The attackers have the true server's key: what is said inside TLS is theirs.
	genuine bool

	// The attackers only edit what the true server says before TLS: the client may
	// connect, if the server gives the same answers as without them.
	edited bool
}

// An attack is a row of the matrix.
type attack struct {
	name    string
	stage   func(t *testing.T) scene
	hosts   []string // what the client is told to connect to; nil means host alone
	params  string   // what the connection string says besides, in the form of a URL
	endless bool     // the attacker drags it out, so the client needs a deadline
}

// endless are the behaviors of fakedb that have no end.
var endless = []string{
	"silent-after-connect", "silent-after-reply", "silent-before-greeting", "silent-after-request", "slow-drip",
}

// certificates says what is wrong with each certificate of testcerts.Bad.
var certificates = map[string]string{
	"self-signed":                    "self-signed",
	"self-signed-ca":                 "self-signed, marked as a CA",
	"cloned-root":                    "CA with the names and key identifiers of the true one",
	"other-region":                   "another Region's CA",
	"missing-intermediate":           "intermediate missing",
	"stolen-certificate":             "the true server's, without its key",
	"expired-intermediate":           "intermediate expired",
	"client-only-intermediate":       "intermediate for clients only",
	"intermediate-without-cert-sign": "intermediate that may not sign",
	"name-constraint":                "intermediate constrained to other names",
	"sha1-intermediate":              "intermediate signed with SHA-1",
	"instance-as-issuer":             "signed by the attacker's own instance",
	"path-length":                    "one intermediate too many",
	"path-building-bomb":             "issuers without end (path-building bomb)",
	"expired":                        "expired",
	"not-yet-valid":                  "not yet valid",
	"client-certificate":             "for clients only",
	"unknown-critical-extension":     "unknown critical extension",
	"sha1-leaf":                      "signed with SHA-1",
	"md5-leaf":                       "signed with MD5",
	"other-host":                     "the attacker's own instance, same CA",
	"common-name-only":               "name as common name only",
	"wildcard-too-high":              "wildcard one label too high",
	"partial-wildcard":               "partial wildcard",
	"nul-in-name":                    "NUL in the name",
	"trailing-dot":                   "trailing dot in the name",
	"blanks":                         "spaces around the name",
	"suffix":                         "name with something before or after it",
	"ip-address-only":                "IP address only",
	"email-only":                     "name as e-mail address only",
	"10000-names":                    "10,000 names",
	"300-junk-certificates":          "300 further certificates",
	"rsa-512":                        "RSA key of 512 bits",
	"rsa-768":                        "RSA key of 768 bits",
	"rsa-16384":                      "RSA key of 16,384 bits",
}

// badLeaves are made once for both protocols.
var badLeaves = sync.OnceValue(func() []testcerts.BadLeaf { return testcerts.Bad(authority(), host) })

// certificateAttacks has a row for each bad certificate. listen starts a server
// that takes any login, within TLS of the given configuration or without.
func certificateAttacks(listen func(*testing.T, *tls.Config) *fakedb.Server) []attack {
	var all []attack
	for _, bad := range badLeaves() {
		all = append(all, attack{name: "certificate: " + certificates[bad.Name], stage: func(t *testing.T) scene {
			return scene{evil: []*fakedb.Server{listen(t, serving(bad.Cert))}}
		}})
	}
	return all
}

// behaviors says what each hostile behavior of fakedb is.
var behaviors = map[string]string{
	"close-before-reply":      "closes instead of answering the SSLRequest",
	"reset-before-reply":      "resets instead of answering the SSLRequest",
	"garbage-reply":           "answers the SSLRequest with garbage",
	"error-before-tls":        "sends an error before TLS",
	"close-after-reply":       "agrees to TLS and closes",
	"injected-bytes":          "agrees to TLS and injects a message",
	"injected-junk":           "agrees to TLS and sends 64 KiB of junk",
	"silent-after-connect":    "accepts and is silent",
	"silent-after-reply":      "agrees to TLS and is silent",
	"slow-drip":               "sends its part of the handshake a byte at a time",
	"close-before-greeting":   "closes instead of a greeting",
	"reset-before-greeting":   "resets instead of a greeting",
	"error-as-greeting":       "sends an error as its greeting",
	"injected-packet":         "injects a packet behind the greeting",
	"close-after-request":     "closes after the TLS request",
	"reset-after-request":     "resets after the TLS request",
	"plaintext-after-request": "continues in plaintext after the TLS request",
	"silent-before-greeting":  "accepts and is silent",
	"silent-after-request":    "is silent after the TLS request",
	"tls10-only":              "TLS 1.0 only",
	"tls11-only":              "TLS 1.1 only",
	"tls10-server-hello":      "ServerHello of TLS 1.0",
	"tls11-server-hello":      "ServerHello of TLS 1.1",
	"rsa-key-exchange-only":   "RSA key exchange only",
	"cut-server-hello":        "closes within the ServerHello",
	"huge-handshake-message":  "announces a message of 16 MiB",
	"close-notify-first":      "sends close_notify before the ServerHello",
}

// behaviorAttacks has a row for each behavior: the network between the client
// and the true server.
func behaviorAttacks(all []fakedb.Behavior, listen func(*testing.T, *tls.Config, fakedb.Behavior) *fakedb.Server) []attack {
	var attacks []attack
	for _, b := range all {
		attacks = append(attacks, attack{
			name:    behaviors[b.Name],
			endless: slices.Contains(endless, b.Name),
			stage: func(t *testing.T) scene {
				return scene{evil: []*fakedb.Server{listen(t, serving(authority().Instance(host)), b)}}
			},
		})
	}
	return attacks
}

// renegotiation is a row: the true server itself wants another handshake when
// the first has succeeded.
func renegotiation(listen func(*testing.T, *tls.Config, fakedb.Behavior) *fakedb.Server) attack {
	return attack{name: "the true server asks to renegotiate TLS 1.2", stage: func(t *testing.T) scene {
		s := listen(t, serving(authority().Instance(host)), fakedb.Renegotiation())
		return scene{evil: []*fakedb.Server{s}, genuine: true}
	}}
}

// TestDescribed fails if testcerts or fakedb has a case that the table would show
// without a name, or the names a case that is gone.
func TestDescribed(t *testing.T) {
	t.Parallel()
	leaves, named := map[string]bool{}, map[string]bool{}
	for _, bad := range badLeaves() {
		leaves[bad.Name] = true
	}
	for _, b := range append(fakedb.HostilePostgres(), fakedb.HostileMySQL()...) {
		named[b.Name] = true
	}
	for _, tt := range []struct {
		kind      string
		has       map[string]bool
		described map[string]string
	}{{"testcerts.Bad", leaves, certificates}, {"fakedb's behaviors", named, behaviors}} {
		for name := range tt.has {
			if tt.described[name] == "" {
				t.Errorf("%s: no description of %q", tt.kind, name)
			}
		}
		for name := range tt.described {
			if !tt.has[name] {
				t.Errorf("%s: %q is described and does not exist", tt.kind, name)
			}
		}
	}
}

// verified is a configuration that is right: what stock drivers are given in the
// columns of those who wrote one.
func verified() *tls.Config {
	return &tls.Config{RootCAs: pool(), ServerName: host}
}

func pool() *x509.CertPool { return authority().Pool() }
