package rdstls

import (
	"errors"
	"fmt"
)

// ErrNoTLS is returned when a server answered the TLS request with something
// else: PostgreSQL's "N", a MySQL greeting without the TLS capability, bytes of
// another protocol. A program that speaks a database's protocol itself wraps
// ErrNoTLS in an [*AttemptError], so that [Diagnose] reports [ReasonNoTLS]. The
// adapters wrap it where they see that answer themselves. The drivers have
// their own errors for it, and Diagnose knows these too.
var ErrNoTLS = errors.New("the server did not answer the TLS request with TLS")

// An AttemptError is the error of one attempt to connect that reached a server
// and failed before the login was complete. The adapters return it. A program
// that speaks a database's protocol itself returns it too, so that [Diagnose] can
// tell the timeout of an attempt from the timeout of a query, and knows which
// server was expected. Do not use it for errors of dialing: no server was reached.
type AttemptError struct {
	ServerName string // the name that the certificate must carry
	Err        error  // what failed; it must not hold a password
}

// Error returns the text of e.Err, with the expected server name in front. The
// text is one line: unprintable characters are escaped, and a long text is cut.
func (e *AttemptError) Error() string {
	return fmt.Sprintf("rdstls: connecting to %.300q: %s", e.ServerName, oneLine(e.Err))
}

// Unwrap returns e.Err.
func (e *AttemptError) Unwrap() error { return e.Err }
