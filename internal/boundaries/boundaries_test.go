// Package boundaries holds the tests of what the packages of this module may
// import and contain. It has no code.
package boundaries

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/rdstls/go"

// A rule says what a package may depend on, directly or not.
type rule struct {
	pkg     string
	allowed []string // prefixes of import paths outside the standard library
	why     string
}

var rules = []rule{
	{"bundle", nil, "trust anchors must be readable without trusting anybody else's code"},
	{"rdstls", []string{module + "/bundle"}, "the verifier is the standard library's; every dependency would be one more to audit"},
	{"internal/adapter", []string{module + "/rdstls", module + "/bundle"}, "what both adapters share must not drag one driver into the other"},
	{
		"pgx",
		[]string{module + "/rdstls", module + "/bundle", module + "/internal/adapter", "github.com/jackc/", "golang.org/x/text", "golang.org/x/sync"},
		"a program with pgx must not link the MySQL driver or the AWS SDK",
	},
	{
		"mysql",
		[]string{module + "/rdstls", module + "/bundle", module + "/internal/adapter", "github.com/go-sql-driver/mysql", "filippo.io/edwards25519"},
		"a program with MySQL must not link pgx or the AWS SDK",
	},
	{
		"rdsiam",
		[]string{module + "/rdstls", module + "/bundle", "github.com/aws/"},
		"tokens are for any driver; this is the one package that imports the AWS SDK",
	},
}

// notImported are packages of the standard library that a package must not
// import.
var notImported = map[string]map[string]string{
	"bundle": {"net/http": "roots come from the embedded files, never from the network", "os": "nor from files of the host"},
	"rdstls": {"net/http": "a configuration must not depend on the network", "log": "a library has no log of its own"},
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, r := range rules {
		for _, dep := range deps(t, r.pkg) {
			if dep == module+"/"+r.pkg || !strings.Contains(strings.SplitN(dep, "/", 2)[0], ".") {
				continue
			}
			if !slices.ContainsFunc(r.allowed, func(prefix string) bool { return strings.HasPrefix(dep, prefix) }) {
				t.Errorf("%s depends on %s: %s", r.pkg, dep, r.why)
			}
		}
	}
}

func TestNotImported(t *testing.T) {
	t.Parallel()
	for pkg, forbidden := range notImported {
		direct := imports(t, pkg)
		for dep, why := range forbidden {
			if slices.Contains(direct, dep) {
				t.Errorf("%s imports %s: %s", pkg, dep, why)
			}
		}
	}
}

// The certificates and servers of tests must not end up in a program. The
// quickstart is the exception: they are what it shows.
func TestTestPackagesStayInTests(t *testing.T) {
	t.Parallel()
	for _, pkg := range []string{"bundle", "rdstls", "pgx", "mysql", "rdsiam", "internal/adapter"} {
		for _, dep := range deps(t, pkg) {
			switch {
			case dep == "testing":
				t.Errorf("%s depends on testing", pkg)
			case strings.HasPrefix(dep, module+"/internal/") && dep != module+"/internal/adapter":
				t.Errorf("%s depends on %s, which is for tests", pkg, dep)
			}
		}
	}
}

// The requirements in go.mod bind everybody who imports any package of the
// module, so there are none but those of the library packages.
func TestRequirements(t *testing.T) {
	t.Parallel()
	var imported []string
	for _, pkg := range []string{"bundle", "rdstls", "pgx", "mysql", "rdsiam"} {
		imported = append(imported, imports(t, pkg)...)
	}
	for _, required := range run(t, "list", "-m", "-f", "{{if not (or .Main .Indirect)}}{{.Path}}{{end}}", "all") {
		if !slices.ContainsFunc(imported, func(path string) bool { return strings.HasPrefix(path+"/", required+"/") }) {
			t.Errorf("go.mod requires %s, which no library package imports", required)
		}
	}
}

func deps(t *testing.T, pkg string) []string {
	return run(t, "list", "-deps", module+"/"+pkg)
}

func imports(t *testing.T, pkg string) []string {
	return run(t, "list", "-f", `{{join .Imports "\n"}}`, module+"/"+pkg)
}

func run(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", args...).Output()
	if err != nil {
		t.Fatalf("go %s: %v", strings.Join(args, " "), err)
	}
	return strings.Fields(string(out))
}
