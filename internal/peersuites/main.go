// Peersuites runs the drivers' own test suites through this module's adapters, on
// real servers, and compares what fails with a list.
//
// The suites come from the module cache, and nothing of them is committed. A copy
// gets one hook in the place where the driver makes connections, and a test file
// that gives it the adapter. (go test -overlay would do without the copy, but
// refuses to replace files of the module cache.) A test counts
// as different if it passes with the stock driver and fails through the adapter, on
// the same server. differences.txt gives the reason for each one that is known.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"slices"

	"github.com/rdstls/go/internal/dbservers"
)

func main() {
	list := flag.String("differences", filepath.FromSlash("internal/peersuites/differences.txt"), "the list of known differences")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := errors.Join(run(ctx, *list), dbservers.Cleanup())
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "peersuites:", err)
		os.Exit(1)
	}
}

// run runs every suite on each kind of server that this machine has.
func run(ctx context.Context, list string) error {
	text, err := os.ReadFile(list)
	if err != nil {
		return err
	}
	known, err := parseDifferences(string(text))
	if err != nil {
		return fmt.Errorf("%s: %w", list, err)
	}
	dir, err := os.MkdirTemp("", "peersuites")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var found []difference
	for _, s := range suites {
		got, err := s.run(ctx, dir)
		if err != nil {
			return fmt.Errorf("%s: %w", s.module, err)
		}
		found = append(found, got...)
	}
	return compare(found, known)
}

// run returns the tests that differ on any of the suite's servers.
func (s suite) run(ctx context.Context, dir string) ([]difference, error) {
	t, err := s.prepare(ctx, dir)
	if err != nil {
		return nil, err
	}
	var found []difference
	for _, kind := range s.servers {
		in, err := newest(kind)
		if err != nil {
			return nil, err
		}
		got, err := t.differOn(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", in.Name(), err)
		}
		found = append(found, got...)
	}
	return found, nil
}

// newest returns the newest server of kind that is installed.
func newest(kind dbservers.Kind) (dbservers.Installation, error) {
	all, err := dbservers.Find(kind)
	if err != nil {
		return dbservers.Installation{}, err
	}
	if len(all) == 0 {
		return dbservers.Installation{}, fmt.Errorf("no %s here: see internal/dbservers/install", kind)
	}
	return slices.MaxFunc(all, func(a, b dbservers.Installation) int { return a.Major() - b.Major() }), nil
}

// differOn runs the suite twice on one server: with the stock driver, then through
// the adapter.
func (t tests) differOn(ctx context.Context, in dbservers.Installation) (found []difference, err error) {
	opts, err := t.options()
	if err != nil {
		return nil, err
	}
	server, err := in.Start(opts)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	env := append(t.environment(server), "RDSTLS_PEER_ROOTS=")
	stock, err := t.goTest(ctx, env)
	if err != nil {
		return nil, fmt.Errorf("stock driver: %w", err)
	}
	env[len(env)-1] += t.roots()
	ours, err := t.goTest(ctx, env)
	if err != nil {
		return nil, fmt.Errorf("through the adapter: %w", err)
	}
	found = differ(stock, ours)
	fmt.Printf("%s on %s: %d tests pass with the stock driver, %d of them fail through the adapter\n",
		t.suite.module, in.Name(), stock.passed(), len(found))
	for _, f := range found {
		fmt.Println("  " + f.test)
	}
	return found, nil
}
