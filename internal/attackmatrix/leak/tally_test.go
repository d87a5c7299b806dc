package leak

import (
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"
)

// A tally is what the process has.
type tally struct {
	goroutines int
	files      int // open files and sockets; 0 where /proc does not tell
}

func count(t *testing.T) tally {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil && runtime.GOOS == "linux" {
		t.Fatal(err)
	}
	return tally{runtime.NumGoroutine(), len(entries)}
}

// settle waits until nothing is there that was not there before: goroutines that
// have nothing left to do still take a moment to end.
func settle(t *testing.T, before tally) {
	t.Helper()
	deadline := time.After(bound)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		now := count(t)
		if now.goroutines <= before.goroutines && now.files <= before.files {
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			var stacks strings.Builder
			_ = pprof.Lookup("goroutine").WriteTo(&stacks, 1)
			t.Fatalf("%d failed connections left %+v, before: %+v\n%s", attempts, now, before, stacks.String())
		}
	}
}
