package sidebyside_test

import (
	"testing"

	"github.com/rdstls/go/internal/sidebyside"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	const recorded = 6
	var turns string
	measure := func(who string, cost float64) sidebyside.Measure {
		return func() float64 {
			if len(turns) < recorded {
				turns += who
			}
			return cost
		}
	}
	result := testing.Benchmark(func(b *testing.B) {
		turns = ""
		sidebyside.Compare(b, "B", measure("o", 3), measure("t", 4))
	})
	for unit, want := range map[string]float64{"ours-B": 3, "theirs-B": 4, "ratio": 0.75} {
		if got := result.Extra[unit]; got != want {
			t.Errorf("%s = %v, want %v", unit, got, want)
		}
	}
	if got, want := turns, "ototto"; got != want {
		t.Errorf("the turns were %q, want %q", got, want)
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		values []float64
		want   float64
	}{
		{[]float64{5}, 5},
		{[]float64{9, 1, 2}, 2},
		{[]float64{8, 1, 2, 4}, 3},
	} {
		if got := sidebyside.Median(tt.values); got != tt.want {
			t.Errorf("Median(%v) = %v, want %v", tt.values, got, tt.want)
		}
	}
}
