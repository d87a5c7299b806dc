package adapter

import "fmt"

// An AttemptError is an error of one attempt, after the dialing and before the
// server let the user in. rdstls.Diagnose knows it by its method.
type AttemptError struct {
	Server string // the name that was to be verified
	Err    error
}

// Error says which server was wanted.
func (e *AttemptError) Error() string {
	return fmt.Sprintf("rdstls: connecting to %q: %v", e.Server, e.Err)
}

// Unwrap returns e.Err.
func (e *AttemptError) Unwrap() error { return e.Err }

// WantedServerName returns e.Server.
func (e *AttemptError) WantedServerName() string { return e.Server }
