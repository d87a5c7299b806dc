package rdstls

// A Diagnosis says why a connection to an RDS server failed and what to do.
type Diagnosis struct {
	// Reason is one of the constants, fit for a metric label.
	Reason Reason

	// Advice is a few short sentences for the person who has to fix it: the
	// cause, then the action. It adds to the error, and does not repeat it. It
	// never suggests weakening verification, and it marks anything quoted from an
	// unverified certificate as unverified.
	Advice string
}

// A Reason is a class of failures. Its values are stable; new ones may be added.
// docs/troubleshooting.md lists the errors behind each.
type Reason string

// The reasons.
const (
	ReasonName             Reason = "name"              // the certificate does not name the endpoint
	ReasonRegion           Reason = "region"            // the RDS CA of another Region issued the certificate
	ReasonAmazonTrust      Reason = "amazon-trust"      // Amazon Trust Services issued the certificate, as for RDS Proxy and Aurora express clusters
	ReasonUnknownRoot      Reason = "unknown-root"      // an RDS CA that is not trusted here issued the certificate, or the certificate claims that
	ReasonNotRDS           Reason = "not-rds"           // no RDS CA issued the certificate: interception, or another server
	ReasonExpired          Reason = "expired"           // a certificate has expired
	ReasonNotYetValid      Reason = "not-yet-valid"     // a certificate is not valid yet: often this machine's clock
	ReasonNoTLS            Reason = "no-tls"            // the server, or something in between, does not speak TLS
	ReasonTLSVersion       Reason = "tls-version"       // no TLS version or cipher suite in common
	ReasonTimeout          Reason = "timeout"           // the server was reached and did not answer in time
	ReasonReset            Reason = "reset"             // the server closed the connection before it was established
	ReasonPlaintextRefused Reason = "plaintext-refused" // the database accepts only TLS, and this connection had none
	ReasonLogin            Reason = "login"             // the server refused the user, not the connection
	ReasonPassword         Reason = "password"          // Options.Password returned an error, so no password was sent
	ReasonConfig           Reason = "config"            // this module or the server refused the configuration
	ReasonUnreachable      Reason = "unreachable"       // no connection to the server's address could be made
	ReasonDNS              Reason = "dns"               // the server's name could not be resolved
)

// Diagnose explains err, the error of an attempt to connect, whichever package
// returned it: this module, pgx, go-sql-driver/mysql, lib/pq, mongo-driver,
// database/sql or crypto/tls. It looks through wrapped and joined errors. If several
// attempts failed, Diagnose explains the one with the most informative error: with a
// failed TLS attempt and a refused plaintext attempt, that is the TLS attempt. It
// reports false if err is nil or is not about reaching a server, verifying it or
// logging in.
//
// The error of a timeout or of a closed connection usually does not show whether it
// ended an attempt to connect or a query. Diagnose explains such an error only if it
// comes from dialing, from pgx, or in an [AttemptError]. It does not explain errors of
// net/http, and does not look into the error of Options.Password: both are about
// another server. It cannot tell whether an error of crypto/tls or of dialing came
// from a database or from some other server.
func Diagnose(err error) (Diagnosis, bool) {
	f := newFailure(err)
	for _, explain := range [...]func(*failure) (Diagnosis, bool){
		configRefusal, certificateError, noTLS, alertError, serverRefusal, driverRefusal, passwordError,
		connectionLost, unresolved, unreachable,
	} {
		if d, ok := explain(f); ok {
			return d, true
		}
	}
	return Diagnosis{}, false
}
