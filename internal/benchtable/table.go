package main

import (
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/rdstls/go/internal/sidebyside"
)

// A row is a line of a table for each benchmark that it matches.
type row struct {
	what    string
	pkg     string
	pattern string  // of the benchmark's name, for path.Match
	unit    string  // what is compared with reach
	reach   float64 // the most that it should be; 0 if that is not said
}

const ratio = "ratio"

var rows = []row{
	{"import of every package", "internal/performance", "Import", "ns/init", 20_000},
	{"import of every package", "internal/performance", "Import", "B/init", 4 << 10},
	{"first configuration of a process", "internal/performance", "RatioFirstConfig", ratio, 1. / 30},
	{"parsing its three roots, alone", "internal/performance", "FirstParse", "ns/parse", 0},
	{"later configurations", "pgx", "RatioConfigure/*", ratio, 1. / 60},
	{"ClientConfig alone", "rdstls", "ClientConfig/instance", "ns/op", 3000},
	{"ClientConfig alone", "rdstls", "ClientConfig/instance", "allocs/op", 20},
	{"heap kept for one Region", "internal/performance", "RatioRetained/region", "ours-B", 16 << 10},
	{"heap kept for ten Regions", "internal/performance", "RatioRetained/ten-regions", "ours-B", 100 << 10},
	{"heap kept by SharedConfig", "internal/performance", "RatioRetained/shared", ratio, 1.1},
	{"connect and ping", "pgx", "RatioConnect/*/*", ratio, 1.02},
	{"connect and ping", "mysql", "RatioConnect/*/TLSv1.3", ratio, 0.80},
	{"connect and ping", "mysql", "RatioConnect/*/TLSv1.2", ratio, 0.60},
	{"IAM token", "rdsiam", "RatioToken/*", ratio, 1.25},
	{"processor time of a handshake", "internal/performance", "RatioHandshake/*", ratio, 1.02},
	{"size of a program", "internal/performance", "RatioBinary/*", "more-B", 300 << 10},
	{"process that connects and asks", "internal/performance", "RatioColdStart/*", ratio, 0},
	{"configurations for many endpoints", "rdstls", "Endpoints/*", "ns/endpoint", 0},
	{"pool opened at once", "pgx", "RatioPool/*/*", ratio, 0},
	{"connect over 1 ms each way", "pgx", "RoundTrips/*/*", "ns/op", 0},
}

// write writes the table.
func write(w io.Writer, r results) error {
	fmt.Fprintf(w, "| what | benchmark | ours | theirs | figure: median (least to most) | at most | result |\n|%s\n", strings.Repeat(" --- |", 7))
	for _, row := range rows {
		found := false
		for _, b := range r.order {
			match, err := path.Match(row.pattern, b.name)
			if err != nil {
				return err
			}
			if !match || b.pkg != row.pkg {
				continue
			}
			found = true
			if err := row.write(w, b, r.values[b]); err != nil {
				return err
			}
		}
		if !found {
			return fmt.Errorf("no benchmark %s in %s: is the database server installed?", row.pattern, row.pkg)
		}
	}
	return nil
}

// none is in the cell of what a benchmark does not have.
const none = "–"

func (row row) write(w io.Writer, b benchmark, units map[string][]float64) error {
	values := units[row.unit]
	if len(values) == 0 {
		return fmt.Errorf("%s in %s has no %s", b.name, b.pkg, row.unit)
	}
	format := formatter(row.unit)
	median := sidebyside.Median(slices.Clone(values))
	figure := fmt.Sprintf("%s (%s to %s)", format(median), format(slices.Min(values)), format(slices.Max(values)))
	target, met := none, none
	if row.reach > 0 {
		target, met = format(row.reach), "met"
		if median > row.reach {
			met = "**not met**"
		}
	}
	_, err := fmt.Fprintf(w, "| %s | `%s` | %s | %s | %s | %s | %s |\n",
		row.what, b.name, side("ours-", units), side("theirs-", units), figure, target, met)
	return err
}

// side returns the median of the metric that begins with prefix.
func side(prefix string, units map[string][]float64) string {
	for unit, values := range units {
		if strings.HasPrefix(unit, prefix) {
			return formatter(strings.TrimPrefix(unit, prefix))(sidebyside.Median(slices.Clone(values)))
		}
	}
	return none
}

// formatter returns a function that writes values of a unit for a person.
func formatter(unit string) func(float64) string {
	unit = unit[strings.LastIndexByte(unit, '-')+1:]
	switch {
	case unit == ratio:
		return func(v float64) string { return fmt.Sprintf("%.3g", v) }
	case unit == "B" || strings.HasPrefix(unit, "B/"):
		return func(v float64) string { return fmt.Sprintf("%.1f KiB", v/1024) }
	case unit == "ns" || strings.HasPrefix(unit, "ns/"):
		return func(v float64) string { return duration(v) }
	}
	return func(v float64) string { return fmt.Sprintf("%.4g %s", v, strings.TrimSuffix(unit, "/op")) }
}

// duration writes nanoseconds with three digits.
func duration(ns float64) string {
	switch {
	case ns >= float64(time.Millisecond):
		return fmt.Sprintf("%.3g ms", ns/float64(time.Millisecond))
	case ns >= float64(time.Microsecond):
		return fmt.Sprintf("%.3g µs", ns/float64(time.Microsecond))
	}
	return fmt.Sprintf("%.3g ns", ns)
}
