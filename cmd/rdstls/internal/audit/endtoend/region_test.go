package endtoend

import (
	"slices"
	"strings"
	"testing"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/audit/fakerds"
)

func oneGood(region string) *fakerds.State {
	state := fakerds.NewState()
	groups(state)
	state.Instance(region, "on-"+region, "postgres", "14.12", "pg-on", "in-sync")
	return state
}

// TestAllRegions checks that Regions that are not enabled are skipped if another
// one answered, whatever the order.
func TestAllRegions(t *testing.T) {
	t.Parallel()
	denied := oneGood("us-west-2")
	denied.Errors["DescribeDBClusters"] = "AccessDenied"
	s := fakerds.New(t, map[string]*fakerds.State{"us-east-1": oneGood("us-east-1"), "us-west-2": denied})
	code, doc := auditJSON(t, s, "--all-regions", "--skip-region", "eu-west-3")
	status := map[string]string{}
	for _, r := range doc.Regions {
		status[r.Region] = r.Status
		if r.Account != fakerds.Account {
			t.Errorf("%s: account %q", r.Region, r.Account)
		}
	}
	if code != 3 || status["us-east-1"] != "audited" || status["us-west-2"] != "failed" || status["eu-west-1"] != "skipped" || status["eu-west-3"] != "skipped" {
		t.Errorf("exit code %d, %v", code, status)
	}
	commercial := 0
	for _, name := range bundle.Regions() {
		if !strings.HasPrefix(name, "us-gov-") {
			commercial++
		}
	}
	if len(status) != commercial {
		t.Errorf("%d Regions, want %d", len(status), commercial)
	}
	for _, call := range s.Calls() {
		if strings.HasPrefix(call, "eu-west-3 ") {
			t.Errorf("a Region that was left out was asked: %s", call)
		}
	}
	if !strings.HasPrefix(verdict(doc, "enforcement", "on-us-west-2"), "pass") {
		t.Error("the failed Region lost its finding")
	}
}

// TestNamedRegion checks that a Region that the user named is failed, never
// skipped, and that wrong credentials do not look like Regions that are not
// enabled.
func TestNamedRegion(t *testing.T) {
	t.Parallel()
	s := fakerds.New(t, map[string]*fakerds.State{"us-east-1": oneGood("us-east-1")})
	code, doc := auditJSON(t, s, "--region", "us-east-1", "--region", "af-south-1")
	if code != 3 || doc.Regions[1].Status != "failed" || !strings.Contains(doc.Regions[1].Why, "InvalidClientTokenId") {
		t.Errorf("exit code %d, %+v", code, doc.Regions)
	}
	s = fakerds.New(t, nil)
	code, doc = auditJSON(t, s, "--all-regions")
	if code != 3 || !doc.Incomplete {
		t.Errorf("no Region answers: exit code %d, incomplete %v", code, doc.Incomplete)
	}
	for _, r := range doc.Regions {
		if r.Status != "failed" {
			t.Errorf("no Region answers: %+v", r)
		}
	}
	if len(s.Calls()) != len(doc.Regions) {
		t.Errorf("%d calls for %d Regions that refuse the credentials", len(s.Calls()), len(doc.Regions))
	}
}

// TestNoCredentials checks that an audit without credentials says so once for
// each Region, in words of its own, and that nothing to judge is said too.
func TestNoCredentials(t *testing.T) {
	t.Parallel()
	s := fakerds.New(t, nil)
	env := slices.DeleteFunc(s.Environment(region), func(v string) bool { return strings.HasPrefix(v, "AWS_ACCESS_KEY_ID=") })
	code, stdout, stderr := run(t, env, "audit")
	if code != 3 || strings.Count(strings.Join(strings.Fields(stdout), " "), "no AWS credentials: check AWS_PROFILE") != 1 ||
		strings.Contains(stdout, "IMDS") || !strings.Contains(stderr, "nothing to judge") || len(s.Calls()) > 0 {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	for _, args := range [][]string{{"--all-regions"}, {"--allow-empty"}} {
		code, stdout, stderr := run(t, env, append([]string{"audit", "--format", "json"}, args...)...)
		if doc := decode(t, stdout, stderr); code != 3 || doc.Regions[0].Status != "failed" || !doc.Incomplete {
			t.Errorf("%q: exit code %d, %+v", args, code, doc.Regions[0])
		}
	}
}

// TestUsage checks what is a usage error, and that no argument is repeated.
func TestUsage(t *testing.T) {
	t.Parallel()
	s := fakerds.New(t, map[string]*fakerds.State{region: oneGood(region)})
	for _, args := range [][]string{
		{"--check", "canary-message"},
		{"--check", "clients"},
		{"--id", "[canary-message"},
		{"--clients", "/canary-message"},
		{"--security-hub", "--check", "certificate"},
		{"--snapshot", "x", "--all-regions"},
		{"--format", "canary-message"},
		{"--region", "us-east-1", "--region", "us-gov-west-1"},
		{"canary-message"},
		{"--save", "/dev/null/canary-message"},
	} {
		if code, stdout, stderr := run(t, s.Environment(region), append([]string{"audit"}, args...)...); code != 2 || stdout != "" || stderr == "" {
			t.Errorf("%q: exit code %d\n%s%s", args, code, stdout, stderr)
		}
	}
	none := s.Environment("")
	if code, _, stderr := run(t, none, "audit"); code != 2 || !strings.Contains(stderr, "--region") {
		t.Errorf("without a Region: exit code %d, %s", code, stderr)
	}
}
