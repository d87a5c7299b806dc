package main

import (
	"io"
	"net"
	"sync"
	"testing"
)

// forward forwards a port of localhost to addr, as an SSH tunnel does, and returns
// its address.
func forward(t *testing.T, addr string) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var relays sync.WaitGroup
	t.Cleanup(func() {
		listener.Close()
		relays.Wait()
	})
	relays.Go(func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			relays.Go(func() { relay(t, near, addr) })
		}
	})
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return "localhost:" + port
}

// relay ends once either side has closed its connection.
func relay(t *testing.T, near net.Conn, addr string) {
	defer near.Close()
	far, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	var toFar sync.WaitGroup
	toFar.Go(func() {
		_, _ = io.Copy(far, near) // the tests see what is missing
		far.Close()
	})
	_, _ = io.Copy(near, far)
	near.Close()
	toFar.Wait()
}
