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
	if errors.Is(a.err, rdstls.ErrNotEndpoint) {
		// Not %w: that error tells programs that the connection string leads to no
		// endpoint and may be left to the driver. Here one of its hosts was connected.
		return "", fmt.Errorf("rdstls: Password for user %q at %q: %v", user, endpoint, a.err)
	}
	if a.err != nil {
		return "", fmt.Errorf("rdstls: Password for user %q at %q: %w", user, endpoint, a.err)
	}
	return a.password, nil
}

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
