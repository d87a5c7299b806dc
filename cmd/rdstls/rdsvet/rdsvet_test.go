package rdsvet_test

import (
	"path/filepath"
	"testing"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/analysistest"

	"github.com/rdstls/go/cmd/rdstls/rdsvet"
)

// module holds the packages that the tests analyze. It is a module of its own, so
// that they use the real drivers and libraries.
var module = filepath.Join("testdata", "mod")

// analyzer returns the analyzer of a name, which reports every level.
func analyzer(t *testing.T, name string) *analysis.Analyzer {
	t.Helper()
	level := rdsvet.Note
	for _, a := range rdsvet.AnalyzersAt(&level) {
		if a.Name == name {
			return a
		}
	}
	t.Fatalf("there is no analyzer %s", name)
	return nil
}

func absolute(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(module)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// TestRules checks each rule where it must fire and where it must not.
func TestRules(t *testing.T) {
	t.Parallel()
	for pattern, name := range map[string]string{
		"dsn": "rdsdsn", "insecure": "rdsinsecure", "fallbacks": "rdsfallbacks",
		"cleartext": "rdscleartext", "roundtrip": "rdsroundtrip", "defaults": "rdsdefaults",
	} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()
			analysistest.Run(t, absolute(t), analyzer(t, name), "./"+pattern)
		})
	}
}

// TestGood checks that correct use of the library, and TLS by a dialer of one's own,
// are silent to every analyzer at every level.
func TestGood(t *testing.T) {
	t.Parallel()
	level := rdsvet.Note
	for _, a := range rdsvet.AnalyzersAt(&level) {
		analysistest.Run(t, absolute(t), a, "./good")
	}
}

// TestFixes checks what a fix makes of a file, its imports included, and that there
// is none where the library would refuse the result.
func TestFixes(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"fix", "fixsql", "nofix"} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()
			analysistest.RunWithSuggestedFixes(t, absolute(t), analyzer(t, "rdsdsn"), "./"+pattern)
		})
	}
}
