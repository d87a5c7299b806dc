package main

import (
	"flag"
	"os"
	"strings"

	"golang.org/x/tools/go/analysis/multichecker"
	"golang.org/x/tools/go/analysis/unitchecker"

	"github.com/rdstls/go/cmd/rdstls/internal/vet"
	"github.com/rdstls/go/cmd/rdstls/rdsvet"
)

// isVettool reports whether the go command runs this program as a vettool: with
// -V=full, with -flags, or with flags and then a .cfg file. Only the first argument
// decides whether that is possible, because "rdstls exec ... -- prog x.cfg" is a
// command line of our own.
// https://pkg.go.dev/golang.org/x/tools/go/analysis/unitchecker
func isVettool(args []string) bool {
	if len(args) == 0 {
		return false
	}
	first, last := args[0], args[len(args)-1]
	isUnit := strings.HasSuffix(last, ".cfg")
	return first == "-V=full" || first == "-flags" || strings.HasPrefix(first, "-") && isUnit || len(args) == 1 && isUnit
}

// runVettool does not return.
func runVettool() {
	var opts rdsvet.Options
	opts.AddFlags(flag.CommandLine)
	unitchecker.Main(rdsvet.AnalyzersWith(&opts)...)
}

// isFixer reports whether "rdstls vet --fix" runs this program for the fixes.
func isFixer(args []string) bool { return len(args) > 0 && args[0] == vet.FixerArgument }

// runFixer does not return.
func runFixer() {
	os.Args = append(os.Args[:1], os.Args[2:]...)
	var opts rdsvet.Options
	opts.AddFlags(flag.CommandLine)
	multichecker.Main(rdsvet.AnalyzersWith(&opts)...)
}
