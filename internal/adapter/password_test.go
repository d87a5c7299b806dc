package adapter_test

import (
	"context"
	"errors"
	"runtime"
	"testing"
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
		got, err := adapter.Password(t.Context(), tt.f, "db:5432", "app")
		if got != tt.want || (err != nil) != tt.wantErr || tt.is != nil && !errors.Is(err, tt.is) {
			t.Errorf("%s: Password = %q, %v, want %q and an error: %v", name, got, err, tt.want, tt.wantErr)
		}
	}
}

// ErrNotEndpoint tells a program that nothing was connected and that the string may
// be left to the driver. No error of a connection may say so, as a Signer's can when
// Options.Roots let in a host that is no endpoint.
func TestPasswordIsNotAboutTheString(t *testing.T) {
	t.Parallel()
	_, err := adapter.Password(t.Context(), func(context.Context, string, string) (string, error) {
		_, err := rdstls.ParseEndpoint("localhost")
		return "", err
	}, "localhost:5432", "app")
	if err == nil || errors.Is(err, rdstls.ErrNotEndpoint) {
		t.Errorf("Password = %v, want an error that does not match ErrNotEndpoint", err)
	}
}

// A function that never returns holds its own goroutine, not the caller.
func TestPasswordHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	_, err := adapter.Password(ctx, func(context.Context, string, string) (string, error) {
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
	_, err := adapter.Password(context.Background(), func(ctx context.Context, _, _ string) (string, error) {
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

// A panic goes on where the caller can recover from it.
func TestPasswordPanics(t *testing.T) {
	t.Parallel()
	defer func() {
		if p := recover(); p != "mine" {
			t.Errorf("recovered %v, want the function's own panic", p)
		}
	}()
	_, err := adapter.Password(t.Context(), func(context.Context, string, string) (string, error) { panic("mine") }, "db:5432", "app")
	t.Errorf("Password = %v, want a panic", err)
}
