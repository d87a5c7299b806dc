package rdstls

import "strings"

// attempts returns the errors of attempts that reached a server and failed before
// the login was complete, each with what it wraps. An attempt within another is
// part of it.
func (f *failure) attempts() []tree {
	var found []tree
	for i := 0; i < len(f.tree); i++ {
		if n := f.tree[i]; isAttempt(n.err) || f.isPgxAttempt(i) {
			found = append(found, f.tree[i:n.end])
			i = n.end - 1
		}
	}
	return found
}

// isAttempt recognizes this module's error, and mongo-driver's of a connection
// that is being made.
func isAttempt(err error) bool {
	switch err.(type) {
	case *AttemptError, selectionAttempt:
		return true
	}
	return isMongo(err, "ConnectionError") && boolField(err, "init")
}

// isPgxAttempt reports whether f.tree[i] is an error that pgx puts into one of
// these words (pgx v5.12.0, pgconn.go, connectOne). Without AfterNetConnect, pgx
// leaves the TLS handshake to the first write, of the startup message. With it,
// pgx drops the error of this module's guard if that is a timeout
// (normalizeTimeoutError).
func (f *failure) isPgxAttempt(i int) bool {
	doing := f.pgxStep(i)
	for _, text := range [...]string{
		"tls error: ", "AfterNetConnect failed: timeout: ",
		"failed to write startup message: ", "failed to receive message: ", "failed to write password message: ",
		"failed SASL auth: ", "failed GSS auth: ",
	} {
		if strings.HasPrefix(doing, text) {
			return true
		}
	}
	return false
}

// pgxStep returns the text of the error that pgx wraps in f.tree[i], which begins
// with what pgx was doing. It returns "" if f.tree[i] is not pgx's error of an
// attempt.
func (f *failure) pgxStep(i int) string {
	n := f.tree[i]
	if i+1 >= n.end || !isType(n.err, pgconnPath, "perDialConnectError") {
		return ""
	}
	return safely(f.tree[i+1].err.Error) // made by fmt.Errorf, so the text is ready
}
