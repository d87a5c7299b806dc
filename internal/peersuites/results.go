package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strings"
)

// suiteTimeout bounds the tests of one package.
const suiteTimeout = "10m"

// results are how the tests of a suite ended, by "package Test/subtest".
type results map[string]string

// goTest runs the suite. That tests fail is not an error.
func (t tests) goTest(ctx context.Context, env []string) (results, error) {
	// One package at a time: they share the server's database.
	args := append([]string{"test", t.modfile(), "-json", "-count=1", "-vet=off", "-p=1", "-timeout", suiteTimeout, "-skip", t.suite.skip}, t.packages...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = env
	var complaint strings.Builder
	cmd.Stderr = &complaint
	output, err := cmd.Output()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return nil, err
	}
	got, err := parseResults(string(output))
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, complaint.String())
	}
	return got, nil
}

// tempDir matches the random end of the name of a test's temporary directory, which
// the names of some subtests hold.
var tempDir = regexp.MustCompile(`(/Test\w*?)\d+(/\d{3})\b`)

// parseResults reads what go test -json prints (go doc test2json).
func parseResults(output string) (results, error) {
	got := results{}
	for line := range strings.Lines(output) {
		var event struct{ Action, Package, ImportPath, Test, Output string }
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			return nil, fmt.Errorf("go test -json: %w", err)
		}
		if event.Action == "build-fail" {
			return nil, fmt.Errorf("%s does not compile", event.ImportPath)
		}
		if strings.HasPrefix(event.Output, "panic: ") {
			return nil, fmt.Errorf("%s %s ended the tests after it: %s", event.Package, event.Test, event.Output)
		}
		switch event.Action {
		case "pass", "fail", "skip":
			if event.Test != "" {
				got[event.Package+" "+tempDir.ReplaceAllString(event.Test, "$1$2")] = event.Action
			}
		}
	}
	return got, nil
}

func (r results) passed() (n int) {
	for _, how := range r {
		if how == "pass" {
			n++
		}
	}
	return n
}

// A difference is a test that passes with the stock driver only.
type difference struct{ test, reason string }

// differ returns what does not pass through the adapter, of what passes without it.
// A test that did not run is one: a panic ends all that come after it.
func differ(stock, ours results) (found []difference) {
	for test, how := range stock {
		if how == "pass" && ours[test] != "pass" {
			found = append(found, difference{test: test})
		}
	}
	slices.SortFunc(found, func(a, b difference) int { return strings.Compare(a.test, b.test) })
	return found
}

// parseDifferences reads the list. A line that begins with "#" is the reason for the
// tests in the lines after it.
func parseDifferences(text string) (known []difference, err error) {
	reason := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			reason = ""
		case strings.HasPrefix(line, "#"):
			reason = strings.TrimSpace(reason + " " + strings.TrimSpace(line[1:]))
		case reason == "":
			return nil, fmt.Errorf("no reason for %q", line)
		case slices.ContainsFunc(known, func(d difference) bool { return d.test == line }):
			return nil, fmt.Errorf("%q is there twice", line)
		default:
			known = append(known, difference{line, reason})
		}
	}
	return known, nil
}

// compare returns an error that names what is found and not known, and what is known
// and not found.
func compare(found, known []difference) error {
	var errs []error
	slices.SortFunc(found, func(a, b difference) int { return strings.Compare(a.test, b.test) })
	for _, f := range slices.Compact(found) { // several servers, one difference
		if !slices.ContainsFunc(known, func(k difference) bool { return k.test == f.test }) {
			errs = append(errs, fmt.Errorf("fails through the adapter only, and is not in the list: %s", f.test))
		}
	}
	for _, k := range known {
		if !slices.ContainsFunc(found, func(f difference) bool { return f.test == k.test }) {
			errs = append(errs, fmt.Errorf("in the list, and does not fail: %s", k.test))
		}
	}
	return errors.Join(errs...)
}
