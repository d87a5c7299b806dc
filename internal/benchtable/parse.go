package main

import (
	"bufio"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
)

// A benchmark is one in a package, such as {"pgx", "RatioConnect/postgres-15.18"}.
type benchmark struct{ pkg, name string }

// results are what all rounds measured.
type results struct {
	machine string
	order   []benchmark                        // as they first appeared
	values  map[benchmark]map[string][]float64 // by unit, one of each round
}

const module = "github.com/rdstls/go/"

// suffix is GOMAXPROCS, at the end of a benchmark's name.
var suffix = regexp.MustCompile(`-[0-9]+$`)

// parse reads the format of benchmarks
// (https://go.googlesource.com/proposal/+/master/design/14313-benchmark-format.md).
func parse(in io.Reader) (results, error) {
	r := results{values: map[benchmark]map[string][]float64{}}
	var pkg, system string
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		line := lines.Text()
		key, value, _ := strings.Cut(line, ": ")
		switch key {
		case "goos", "goarch":
			system = strings.TrimPrefix(system+"/"+value, "/")
		case "cpu":
			r.machine, system = value+" ("+system+")", ""
		case "pkg":
			pkg = strings.TrimPrefix(value, module)
		}
		if name, ok := strings.CutPrefix(line, "Benchmark"); ok {
			if err := r.add(pkg, name); err != nil {
				return results{}, err
			}
		}
		if strings.HasPrefix(line, "--- FAIL") || line == "FAIL" {
			return results{}, fmt.Errorf("a benchmark failed: %q", line)
		}
	}
	if len(r.order) == 0 && lines.Err() == nil {
		return results{}, fmt.Errorf("no benchmark in the input")
	}
	return r, lines.Err()
}

// add adds a line: name, iterations, and pairs of value and unit.
func (r *results) add(pkg, line string) error {
	fields := strings.Fields(line)
	if len(fields) < 4 || len(fields)%2 != 0 {
		return fmt.Errorf("not the line of a benchmark: %q", line)
	}
	b := benchmark{pkg, suffix.ReplaceAllString(fields[0], "")}
	if r.values[b] == nil {
		r.order = append(r.order, b)
		r.values[b] = map[string][]float64{}
	}
	for i := 2; i < len(fields); i += 2 {
		value, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
		r.values[b][fields[i+1]] = append(r.values[b][fields[i+1]], value)
	}
	return nil
}

// rounds returns how often the most frequent benchmark was measured.
func (r *results) rounds() int {
	n := 0
	for _, units := range r.values {
		for _, values := range units {
			n = max(n, len(values))
		}
	}
	return n
}
