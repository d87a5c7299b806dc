package dbservers

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
)

// A Set is the servers that the tests of one package share: one of every
// installation. They are started together when the first test asks for them.
type Set struct {
	options func(Installation) Options
	kinds   []Kind
	start   func() ([]*Server, error)

	mu      sync.Mutex
	running []*Server
}

// NewSet returns the servers of kinds that this machine has. The function
// options says how to set each one up; it is called from several goroutines. Nil
// means [Options]{}.
func NewSet(options func(Installation) Options, kinds ...Kind) *Set {
	if options == nil {
		options = func(Installation) Options { return Options{} }
	}
	set := &Set{options: options, kinds: kinds}
	set.start = sync.OnceValues(set.startAll)
	return set
}

// Run runs the tests of a package, stops the servers, and returns the exit
// status. It belongs into TestMain.
func (set *Set) Run(m *testing.M) int {
	status := m.Run()
	set.mu.Lock()
	defer set.mu.Unlock()
	errs := make([]error, len(set.running))
	var stopping sync.WaitGroup
	for i, server := range set.running {
		stopping.Go(func() { errs[i] = server.Stop() })
	}
	stopping.Wait()
	if err := errors.Join(append(errs, Cleanup())...); err != nil {
		fmt.Fprintln(os.Stderr, err)
		status = max(status, 1)
	}
	return status
}

// Each runs test as a subtest for every server that [Set.Servers] returns. The
// subtests run one after the other unless they call t.Parallel. If one fails,
// what its server has logged is shown.
func (set *Set) Each(t *testing.T, test func(*testing.T, *Server), kinds ...Kind) {
	t.Helper()
	for _, server := range set.Servers(t, kinds...) {
		t.Run(server.Name(), func(t *testing.T) {
			showLog(t, server)
			test(t, server)
		})
	}
}

// Servers returns the servers of kinds, or of all kinds of the set if none is
// given.
//
// A server that was found but does not start fails the test. One that was not
// found does so if RDSTLS_REQUIRE_SERVERS names it.
func (set *Set) Servers(tb testing.TB, kinds ...Kind) []*Server {
	tb.Helper()
	servers, err := set.start()
	if err != nil {
		tb.Fatal(err)
	}
	if len(kinds) == 0 {
		kinds = set.kinds
	}
	return slices.DeleteFunc(slices.Clone(servers), func(s *Server) bool {
		return !slices.Contains(kinds, s.Kind)
	})
}

// Start starts a server for one test, which it fails if that is not possible.
// The server is stopped when the test ends.
func Start(tb testing.TB, in Installation, opts Options) *Server {
	tb.Helper()
	server, err := in.Start(opts)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := server.Stop(); err != nil {
			tb.Error(err)
		}
	})
	showLog(tb, server)
	return server
}

func showLog(tb testing.TB, server *Server) {
	tb.Cleanup(func() {
		if tb.Failed() {
			tb.Logf("log of %s:\n%s", server.Name(), server.Log())
		}
	})
}

// startAll finds and starts the servers, at the same time.
func (set *Set) startAll() ([]*Server, error) {
	installations, err := Find(set.kinds...)
	if err != nil {
		return nil, err
	}
	absent := missing(installations, set.kinds)
	if err := checkRequired(absent, os.Getenv("RDSTLS_REQUIRE_SERVERS")); err != nil {
		return nil, err
	}
	if len(absent) > 0 {
		fmt.Fprintf(os.Stderr, "dbservers: not found, so not tested: %s (make test installs servers)\n", strings.Join(absent, ", "))
	}
	servers := make([]*Server, len(installations))
	errs := make([]error, len(installations))
	var starting sync.WaitGroup
	for i, in := range installations {
		starting.Go(func() { servers[i], errs[i] = in.Start(set.options(in)) })
	}
	starting.Wait()
	set.mu.Lock()
	defer set.mu.Unlock()
	for _, server := range servers {
		if server != nil {
			set.running = append(set.running, server)
		}
	}
	return servers, errors.Join(errs...)
}

// missing returns the names, as in RDSTLS_REQUIRE_SERVERS, of what kinds lack.
func missing(found []Installation, kinds []Kind) []string {
	var names []string
	for _, kind := range kinds {
		if !slices.ContainsFunc(found, func(in Installation) bool { return in.Kind == kind }) {
			names = append(names, string(kind))
		}
	}
	if slices.Contains(kinds, Postgres) && !slices.ContainsFunc(found, Installation.DirectTLS) {
		names = append(names, directTLS)
	}
	return names
}

// checkRequired reports which of missing are in the list, separated by commas,
// of what has to be there.
func checkRequired(missing []string, list string) error {
	var absent []string
	for name := range strings.SplitSeq(list, ",") {
		switch name = strings.TrimSpace(name); {
		case slices.Contains(missing, name):
			absent = append(absent, name)
		case name != "" && !slices.Contains(requirable, name):
			return fmt.Errorf("dbservers: RDSTLS_REQUIRE_SERVERS: %q is not one of %q", name, requirable)
		}
	}
	if len(absent) > 0 {
		return fmt.Errorf("dbservers: not found, but in RDSTLS_REQUIRE_SERVERS: %s", strings.Join(absent, ", "))
	}
	return nil
}

var requirable = []string{string(Postgres), directTLS, string(MariaDB), string(MySQL)}
