package rdsmysql_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rdstls/go/rdstls"
)

// TestPasswordCallsBounded checks that a function that ignores its context holds a
// bounded number of goroutines, however many connections are tried.
func TestPasswordCallsBounded(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	release := make(chan struct{})
	defer close(release)
	opts := &rdstls.Options{Roots: ca.Pool(), Password: func(context.Context, string, string) (string, error) {
		calls.Add(1)
		<-release
		return "", nil
	}}
	c := newConnector(t, parse(t, canaryDSN("tcp("+orders+")", "")), opts)
	const limit, attempts = 100, 130
	for range attempts {
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		if _, err := c.Connect(ctx); err == nil {
			t.Error("Connect succeeded without a password")
		}
		cancel()
	}
	if n := calls.Load(); n > limit {
		t.Errorf("the function runs %d times at once, want at most %d", n, limit)
	}
}
