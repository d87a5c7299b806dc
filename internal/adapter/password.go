package adapter

import (
	"context"
	"errors"
	"fmt"

	"github.com/rdstls/go/rdstls"
)

// Password asks f for the password of one connection. It returns when ctx is
// done, or after [AttemptTimeout], even if f does not: a provider that hangs must
// not hang a pool. What f returns later is dropped. A panic of f goes on in the
// caller, who may recover from it.
func Password(ctx context.Context, f rdstls.PasswordFunc, endpoint, user string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, AttemptTimeout)
	defer cancel()
	answered := make(chan answer, 1) // so that a late answer finds a place
	go ask(ctx, f, endpoint, user, answered)
	var a answer
	select {
	case a = <-answered:
	case <-ctx.Done():
		a.err = context.Cause(ctx)
	}
	if a.panicked != nil {
		panic(a.panicked)
	}
	if a.err != nil {
		return "", &PasswordError{user, endpoint, a.err}
	}
	return a.password, nil
}

// A PasswordError is an error of Options.Password. rdstls.Diagnose knows it by its
// method.
type PasswordError struct {
	user, endpoint string
	err            error
}

// Error says for whom a password was wanted.
func (e *PasswordError) Error() string {
	return fmt.Sprintf("rdstls: Password for user %q at %q: %v", e.user, e.endpoint, e.err)
}

// Unwrap returns what the function returned, unless that matches ErrNotEndpoint.
// To programs that error says that the connection string leads to no endpoint and
// may be left to the driver, but one of its hosts is about to be connected.
func (e *PasswordError) Unwrap() error {
	if errors.Is(e.err, rdstls.ErrNotEndpoint) {
		return nil
	}
	return e.err
}

// FromPassword tells rdstls.Diagnose what this is.
func (*PasswordError) FromPassword() {}

// errEnded is the answer of a function that ended its goroutine (runtime.Goexit).
var errEnded = errors.New("the function did not return")

type answer struct {
	password string
	err      error
	panicked any
}

func ask(ctx context.Context, f rdstls.PasswordFunc, endpoint, user string, answered chan<- answer) {
	a := answer{err: errEnded}
	defer func() {
		a.panicked = recover()
		answered <- a
	}()
	a.password, a.err = f(ctx, endpoint, user)
}
