package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
)

// A request that is under way when the service is told to stop is answered.
func TestShutdown(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	ctx, stop := context.WithCancel(t.Context())
	arrived, proceed := make(chan struct{}), make(chan struct{})
	ended, answered := make(chan error, 1), make(chan int, 1)
	go func() {
		ended <- serve(ctx, listener, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			close(arrived)
			<-proceed
			if r.Context().Err() != nil {
				t.Error("the request was canceled")
			}
		}))
	}()
	go func() {
		status, _ := get(t, "http://"+listener.Addr().String())
		answered <- status
	}()
	<-arrived
	stop()
	if _, err := listener.Accept(); err == nil {
		t.Error("the listener is open")
	}
	select {
	case err := <-ended:
		t.Errorf("serve = %v with a request under way", err)
		ended <- nil
	default:
	}
	close(proceed)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("status %d, want %d", status, http.StatusOK)
	}
	if err := <-ended; err != nil {
		t.Errorf("serve = %v, want nil", err)
	}
}

// A listener that breaks ends the service, with its error.
func TestListenerBreaks(t *testing.T) {
	t.Parallel()
	listener := listen(t)
	listener.Close()
	if err := serve(t.Context(), listener, http.NotFoundHandler()); !errors.Is(err, net.ErrClosed) {
		t.Errorf("serve = %v, want %v", err, net.ErrClosed)
	}
}
