// Package sidebyside compares two ways to do the same, in one benchmark.
//
// On a machine that does other things as well, two benchmarks that run one after
// the other differ by more than what is to be seen. Here they take turns.
package sidebyside

import (
	"slices"
	"testing"
	"time"
)

// A Measure does the thing once and returns what it cost.
type Measure func() float64

// Timed returns a Measure of the nanoseconds that f takes.
func Timed(f func()) Measure {
	return func() float64 {
		begin := time.Now()
		f()
		return float64(time.Since(begin).Nanoseconds())
	}
}

// Compare measures ours and theirs in turns, and reports the median of each in
// unit, as "ours-unit" and "theirs-unit", and their quotient as "ratio": below
// one, ours costs less.
func Compare(b *testing.B, unit string, ours, theirs Measure) {
	b.Helper()
	ours() // what is paid once is not what is compared
	theirs()
	var our, their []float64
	for i := 0; b.Loop(); i++ {
		if i%2 == 0 { // neither is always the one that finds the caches cold
			our = append(our, ours())
			their = append(their, theirs())
		} else {
			their = append(their, theirs())
			our = append(our, ours())
		}
	}
	o, t := Median(our), Median(their)
	b.ReportMetric(o, "ours-"+unit)
	b.ReportMetric(t, "theirs-"+unit)
	b.ReportMetric(o/t, "ratio")
	b.ReportMetric(0, "ns/op") // of both together: of no interest
}

// Median returns the median of values, which it sorts. There must be one.
func Median(values []float64) float64 {
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}
