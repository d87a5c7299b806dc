package rdsvet_test

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/go/analysis/checker"
	"golang.org/x/tools/go/packages"

	"github.com/rdstls/go/cmd/rdstls/rdsvet"
)

// findingsWith returns "RULE level line" of the findings in a package, under the
// flags of go vet.
func findingsWith(t *testing.T, name string, args ...string) []string {
	t.Helper()
	var opts rdsvet.Options
	flags := flag.NewFlagSet("vet", flag.ContinueOnError)
	opts.AddFlags(flags)
	if err := flags.Parse(args); err != nil {
		t.Fatal(err)
	}
	pkg := packageNamed(t, name)
	graph, err := checker.Analyze(rdsvet.AnalyzersWith(&opts), []*packages.Package{pkg.Package}, nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, action := range graph.Roots {
		if action.Err != nil {
			t.Fatal(action.Err)
		}
		for _, f := range action.Result.([]rdsvet.Finding) {
			got = append(got, fmt.Sprintf("%s %s %d fix=%t", f.Rule, f.Level, pkg.Fset.Position(f.Pos).Line, len(f.Fixes) > 0))
		}
	}
	slices.Sort(got)
	return got
}

// TestSinks checks that the flag -sinks makes functions and methods of a program
// sinks, and that a package without a driver is judged only then.
func TestSinks(t *testing.T) {
	t.Parallel()
	if got := findingsWith(t, "ownsinks"); len(got) != 0 {
		t.Errorf("without -sinks: findings %q", got)
	}
	pkg := packageNamed(t, "ownsinks").PkgPath
	got := findingsWith(t, "ownsinks", "-sinks="+pkg+".open:0:pg,"+pkg+".store.connect:1:mysql")
	if want := []string{"RT001 note 16 fix=false", "RT002 error 14 fix=false", "RT002 warning 17 fix=false"}; !slices.Equal(got, want) {
		t.Errorf("findings %q, want %q", got, want)
	}
}

// TestUsesDatabase checks that programs that import a driver are judged, and the
// drivers themselves are not.
func TestUsesDatabase(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]bool{"example.com/app": true, "github.com/go-sql-driver/mysql": false, "github.com/jackc/pgx/v5/stdlib": false, "github.com/lib/pq": false} {
		if got := new(rdsvet.Options).UsesDatabase(path, []string{"database/sql"}); got != want {
			t.Errorf("UsesDatabase(%q) = %t, want %t", path, got, want)
		}
	}
	if new(rdsvet.Options).UsesDatabase("example.com/app", []string{"net/http"}) {
		t.Error("a package without a driver is judged")
	}
}

// TestSinksErrors checks that a malformed sink is refused without being quoted.
func TestSinksErrors(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "open", "open:0:pg", "a.Open:0", "a.Open:x:pg", "a.Open:-1:pg", "a.Open:0:canary", "a.Open:0:pg,", "postgres://app:canary@host/db"} {
		var opts rdsvet.Options
		flags := flag.NewFlagSet("vet", flag.ContinueOnError)
		flags.SetOutput(io.Discard)
		opts.AddFlags(flags)
		if err := opts.Sinks.Set(text); err == nil || strings.Contains(err.Error(), "canary") {
			t.Errorf("%q: error %v", text, err)
		}
	}
}

// TestAssumeRDS checks that -assume-rds makes errors of findings about hosts that
// are not known, with fixes, and changes nothing else.
func TestAssumeRDS(t *testing.T) {
	t.Parallel()
	before, after := findingsWith(t, "assumed"), findingsWith(t, "assumed", "-assume-rds")
	if want := []string{"RT002 note 12 fix=false", "RT002 note 22 fix=false", "RT002 warning 13 fix=false"}; !slices.Equal(before, want) {
		t.Errorf("without -assume-rds: findings %q, want %q", before, want)
	}
	if want := []string{"RT002 error 12 fix=true", "RT002 error 22 fix=true", "RT002 warning 13 fix=false"}; !slices.Equal(after, want) {
		t.Errorf("with -assume-rds: findings %q, want %q", after, want)
	}
}
