package adapter_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rdstls/go/internal/adapter"
	"github.com/rdstls/go/rdstls"
)

func TestPassword(t *testing.T) {
	t.Parallel()
	errMine := errors.New("no credentials")
	for name, tt := range map[string]struct {
		f       func(ctx context.Context, endpoint, user string) (string, error)
		want    string
		wantErr bool
		is      error
	}{
		"answer": {f: func(_ context.Context, endpoint, user string) (string, error) { return user + "@" + endpoint, nil }, want: "app@db:5432"},
		"error":  {f: func(context.Context, string, string) (string, error) { return "secret", errMine }, wantErr: true, is: errMine},
		"goexit": {f: func(context.Context, string, string) (string, error) { runtime.Goexit(); return "", nil }, wantErr: true},
	} {
		got, err := askOnce(t.Context(), tt.f, "db:5432", "app")
		if got != tt.want || (err != nil) != tt.wantErr || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: Password = %q, %v, want %q and an error: %v", name, got, err, tt.want, tt.wantErr)
		}
	}
}

// ErrNotEndpoint tells a program that nothing was connected and that the string may
// be left to the driver. No error of a connection may say so, as a Signer's can when
// Options.Roots let in a host that is no endpoint.
func TestPasswordErrorIsNotErrNotEndpoint(t *testing.T) {
	t.Parallel()
	_, err := askOnce(t.Context(), func(context.Context, string, string) (string, error) {
		_, err := rdstls.ParseEndpoint("localhost")
		return "", err
	}, "localhost:5432", "app")
	if err == nil || errors.Is(err, rdstls.ErrNotEndpoint) {
		t.Errorf("Password = %v, want an error that does not match ErrNotEndpoint", err)
	}
}

// TestPasswordErrorIsOneLine checks that an error of the function, and a name that the
// configuration has, cannot forge lines of a log, and that a long one is cut.
func TestPasswordErrorIsOneLine(t *testing.T) {
	t.Parallel()
	const forged = "\n2026-11-26 INFO \x1b[32mall is well\r"
	for _, cause := range []error{
		errors.New("denied" + forged), errors.Join(errors.New("first"), errors.New("second")), errors.New(strings.Repeat("long ", 10_000)),
	} {
		_, err := askOnce(t.Context(), func(context.Context, string, string) (string, error) { return "", cause }, "db"+forged+":5432", "app"+strings.Repeat("x", 10_000)+forged)
		if err == nil || strings.ContainsAny(err.Error(), "\n\r\x1b") || len(err.Error()) > 3000 || !errors.Is(err, cause) {
			t.Errorf("Password = %.200q, want one short line that wraps the cause", err)
		}
	}
}

// A function that never returns holds its own goroutine, not the caller.
func TestPasswordHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := askOnce(ctx, func(context.Context, string, string) (string, error) {
		<-release
		return "", nil
	}, "db:5432", "app")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Password = %v, want context.DeadlineExceeded", err)
	}
}

// The function is told when time is up, even where the caller set no bound.
func TestPasswordBound(t *testing.T) {
	t.Parallel()
	_, err := askOnce(context.Background(), func(ctx context.Context, _, _ string) (string, error) {
		deadline, ok := ctx.Deadline()
		if left := time.Until(deadline); !ok || left > adapter.AttemptTimeout {
			t.Errorf("the function has %v, %v to answer, want at most %v", left, ok, adapter.AttemptTimeout)
		}
		return "", nil
	}, "db:5432", "app")
	if err != nil {
		t.Error(err)
	}
}

// TestPasswordPanics checks that a panic continues in the caller, with the stack of
// the function and without its value in the text.
func TestPasswordPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		p, ok := recover().(*adapter.PasswordPanic)
		if !ok || p.Value != "mine" {
			t.Fatalf("recovered %v, want the function's own panic", p)
		}
		if text := p.Error(); !strings.Contains(text, "panickingPassword") || strings.Contains(text, "mine") {
			t.Errorf("the panic's text is %q, want the stack of the function and not the value", text)
		}
	}()
	_, err := askOnce(t.Context(), panickingPassword, "db:5432", "app")
	t.Errorf("Password = %v, want a panic", err)
}

func panickingPassword(context.Context, string, string) (string, error) { panic("mine") }

// TestPasswordPanicUnwraps checks that a recovered error can still be matched.
func TestPasswordPanicUnwraps(t *testing.T) {
	t.Parallel()
	errMine := errors.New("mine")
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, errMine) {
			t.Errorf("recovered %v, want an error that matches %v", err, errMine)
		}
	}()
	_, err := askOnce(t.Context(), func(context.Context, string, string) (string, error) { panic(errMine) }, "db:5432", "app")
	t.Errorf("Password = %v, want a panic", err)
}

// TestPasswordCallsBounded checks that a function that ignores its context holds a
// bounded number of goroutines, that further callers are told why, and that a call
// that returns makes room.
func TestPasswordCallsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) { // which ends with a deadlock if a function holds an attempt
		const tries = 150
		release := make(chan struct{})
		var running, returned atomic.Int64
		hangs := adapter.NewPasswords(func(context.Context, string, string) (string, error) {
			running.Add(1)
			defer returned.Add(1)
			<-release
			return "late", nil
		}, nil)
		again := adapter.NewPasswords(func(context.Context, string, string) (string, error) { return "ok", nil }, hangs)
		ended, cancel := context.WithCancel(t.Context())
		var callers sync.WaitGroup
		errs := make([]error, tries)
		for i := range errs {
			callers.Go(func() { _, errs[i] = hangs.Get(ended, "db:5432", "app") })
		}
		synctest.Wait() // until 100 calls are running
		cancel()
		callers.Wait()
		refused := 0
		for _, err := range errs {
			if err == nil || !errors.Is(err, context.Canceled) {
				t.Fatalf("Get = %v, want %v", err, context.Canceled)
			}
			if strings.Contains(err.Error(), "must return when its context is done") {
				refused++
			}
		}
		if got := running.Load(); got != 100 || refused < tries-100 {
			t.Errorf("%d calls are running and %d callers were told why, want 100 and %d", got, refused, tries-100)
		}
		for range 100 { // with a bound of its own, it would sometimes get as far as the call
			if _, err := again.Get(ended, "db:5432", "app"); err == nil || !strings.Contains(err.Error(), "must return when its context is done") {
				t.Fatalf("Get with the bound of an earlier Passwords = %v, want an error that blames the function", err)
			}
		}
		close(release)
		if got, err := again.Get(t.Context(), "db:5432", "app"); got != "ok" || err != nil {
			t.Errorf("Get = %q, %v after calls have returned, want ok", got, err)
		}
	})
}

// askOnce asks f, with a bound on its calls of its own.
func askOnce(ctx context.Context, f rdstls.PasswordFunc, endpoint, user string) (string, error) {
	return adapter.NewPasswords(f, nil).Get(ctx, endpoint, user)
}
