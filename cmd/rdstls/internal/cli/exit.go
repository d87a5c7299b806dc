package cli

import "errors"

// The exit codes of every command that judges something.
const (
	exitGood        = 0
	exitFound       = 1
	exitUsage       = 2
	exitUnknown     = 3
	exitInterrupted = 130 // 128 plus SIGINT, as shells report it
)

// A Verdict is what a command found out.
type Verdict struct {
	Found   bool // something is unverified, not enforced, or was found
	Unknown bool // something could not be judged

	// Empty is not "" if there was nothing to judge: a sentence that says so.
	Empty string
}

// code returns the exit code of v. What was found is not undone by what could
// not be judged, so 1 comes before 3.
func (v Verdict) code(exitZero, allowEmpty bool) int {
	switch {
	case v.Found && exitZero:
		return exitGood
	case v.Found:
		return exitFound
	case v.Unknown, v.Empty != "" && !allowEmpty:
		return exitUnknown
	}
	return exitGood
}

// A usageError is an error in the arguments. Its text repeats no argument, which
// could be a secret.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// usage returns an error for which the command exits with 2. Pass it nothing
// that the user typed.
func usage(text string) error { return &usageError{text} }

// An exitError ends the program with a code. Its text, if any, is printed.
type exitError struct {
	code int
	text string
}

func (e *exitError) Error() string { return e.text }

// codeOf returns the exit code for an error of a command.
func codeOf(err error) int {
	var exit *exitError
	var wrong *usageError
	switch {
	case err == nil:
		return exitGood
	case errors.As(err, &exit):
		return exit.code
	case errors.As(err, &wrong):
		return exitUsage
	}
	return exitUnknown
}
