package adapter

import (
	"testing"
	"time"
)

// TestDeadlineStopsTimer checks that a deadline that is set again leaves no timer: a
// driver sets one for each query, and each timer would stay in memory until it fires.
func TestDeadlineStopsTimer(t *testing.T) {
	t.Parallel()
	for name, next := range map[string]time.Time{"none": {}, "another": time.Now().Add(time.Hour)} {
		d := newDeadline()
		d.set(time.Now().Add(time.Hour))
		timer := d.timer
		d.set(next)
		if timer.Stop() {
			t.Errorf("%s: the timer of the deadline before it runs on", name)
		}
	}
}
