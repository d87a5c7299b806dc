package adapter

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"

	"github.com/rdstls/go/rdstls"
)

// maxPasswordCalls bounds the calls of one Options.Password at a time. A function
// that ignores its context holds a goroutine for each call, until it returns.
const maxPasswordCalls = 100

// Passwords asks a rdstls.PasswordFunc for passwords.
type Passwords struct {
	f     rdstls.PasswordFunc
	calls chan struct{} // holds one element for each running call
}

// NewPasswords returns a Passwords that asks f. It shares the bound on calls with
// earlier, which may be nil.
func NewPasswords(f rdstls.PasswordFunc, earlier *Passwords) *Passwords {
	p := &Passwords{f: f}
	if earlier != nil {
		p.calls = earlier.calls
	} else {
		p.calls = make(chan struct{}, maxPasswordCalls)
	}
	return p
}

var errBusy = errors.New("too many calls of the function have not returned; it must return when its context is done")

// Get asks for the password of one connection. It returns when ctx is done, or
// after [AttemptTimeout], even if the function does not: a provider that hangs must
// not hang a pool. Get drops what the function returns later. While
// [maxPasswordCalls] calls are running, Get waits for one of them to return.
//
// Get panics if the function does, with the stack of the function.
func (p *Passwords) Get(ctx context.Context, endpoint, user string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, AttemptTimeout)
	defer cancel()
	select {
	case p.calls <- struct{}{}:
	case <-ctx.Done():
		return "", &PasswordError{user, endpoint, fmt.Errorf("%w: %w", errBusy, context.Cause(ctx))}
	}
	answered := make(chan answer, 1) // a late answer needs room
	go func() {
		defer func() { <-p.calls }()
		ask(ctx, p.f, endpoint, user, answered)
	}()
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

// Error says for whom a password was needed. Like that of an AttemptError, the text
// is one line: the function may have met a certificate that an attacker made.
func (e *PasswordError) Error() string {
	cause := (&rdstls.AttemptError{Err: e.err}).Error()
	cause = strings.TrimPrefix(cause, (&rdstls.AttemptError{Err: errors.New("")}).Error())
	return fmt.Sprintf("rdstls: Password for user %.300q at %.300q: %s", e.user, e.endpoint, cause)
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

// A PasswordPanic is the value of the panic with which Get passes on a panic of the
// function. The function ran in a goroutine of its own, so the stack of Get's panic
// does not show where it panicked.
type PasswordPanic struct {
	Value any // what the function panicked with; it can hold a secret
	Stack []byte
}

// Error returns the stack of the panic, without its value.
func (p *PasswordPanic) Error() string {
	return fmt.Sprintf("rdstls: Options.Password panicked with a %T:\n\n%s", p.Value, p.Stack)
}

// Unwrap returns the value of the panic, if that is an error.
func (p *PasswordPanic) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}

// errEnded is the answer of a function that ended its goroutine (runtime.Goexit).
var errEnded = errors.New("the function did not return")

type answer struct {
	password string
	err      error
	panicked *PasswordPanic
}

func ask(ctx context.Context, f rdstls.PasswordFunc, endpoint, user string, answered chan<- answer) {
	a := answer{err: errEnded}
	defer func() {
		if value := recover(); value != nil {
			a.panicked = &PasswordPanic{Value: value, Stack: debug.Stack()}
		}
		answered <- a
	}()
	a.password, a.err = f(ctx, endpoint, user)
}
