package endtoend

import (
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/audit/collect"
	"github.com/rdstls/go/cmd/rdstls/internal/audit/fakerds"
)

// TestAccessDenied checks, for each action, that a denial is in the report: the
// Region is failed and keeps its findings, and nothing becomes a pass.
func TestAccessDenied(t *testing.T) {
	t.Parallel()
	for _, action := range collect.Actions() {
		t.Run(string(action), func(t *testing.T) {
			t.Parallel()
			state, want := fleet(region)
			state.Errors[string(action)] = "AccessDenied"
			s := fakerds.New(t, map[string]*fakerds.State{region: state})
			code, doc := auditJSON(t, s)
			if code != 1 {
				t.Errorf("exit code %d", code)
			}
			r := doc.Regions[0]
			if !doc.Incomplete || r.Status != "failed" || !strings.Contains(r.Why, "rds:"+string(action)+": AccessDenied") {
				t.Errorf("incomplete %v, Region %+v", doc.Incomplete, r)
			}
			for _, f := range doc.Findings {
				if i := 0; f.Verdict == "pass" && f.Check != "certificate" && want[f.ID][i] != "pass" {
					t.Errorf("%s %s passes", f.Check, f.ID)
				}
			}
			if action == collect.Clusters && !strings.Contains(verdict(doc, "enforcement", "aurora"), "unknown: ") {
				t.Errorf("cluster aurora: %s", verdict(doc, "enforcement", "aurora"))
			}
			if action == collect.Parameters && !strings.Contains(verdict(doc, "enforcement", "on"), "rds:DescribeDBParameters") {
				t.Errorf("instance on: %s", verdict(doc, "enforcement", "on"))
			}
		})
	}
}

// TestExitOfFailures checks the exit codes of a Region with one good database and
// an API that does not answer all.
func TestExitOfFailures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*fakerds.State)
		code   int
		status string
		want   string // of the enforcement of "on"
	}{
		{"good", func(*fakerds.State) {}, 0, "audited", "pass"},
		{"throttled once", func(s *fakerds.State) { s.Throttle = 1 }, 0, "audited", "pass"},
		{"throttled for good", func(s *fakerds.State) { s.Throttle = 1 << 20 }, 3, "failed", "absent"},
		{"denied proxies", func(s *fakerds.State) { s.Errors["DescribeDBProxies"] = "AccessDenied" }, 3, "failed", "pass"},
		{"denied parameters", func(s *fakerds.State) { s.Errors["DescribeDBParameters"] = "AccessDenied" }, 3, "failed", "unknown"},
		{"expired token", func(s *fakerds.State) { s.Errors["DescribeDBInstances"] = "ExpiredToken" }, 3, "failed", "absent"},
		{"internal error", func(s *fakerds.State) { s.Errors["DescribeDBEngineVersions"] = "InternalFailure" }, 3, "failed", "pass"},
		{"group is gone", func(s *fakerds.State) { delete(s.Groups, "pg-on") }, 3, "audited", "unknown"},
		{"filter ignored", func(s *fakerds.State) { s.IgnoreFilter = true }, 0, "audited", "pass"},
		{"filter refused", func(s *fakerds.State) { s.RefuseFilter = true }, 0, "audited", "pass"},
		{"repeated page", func(s *fakerds.State) { s.RepeatMarker = true }, 3, "failed", "unknown"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			state := fakerds.NewState()
			groups(state)
			state.Instance(region, "on", "postgres", "14.12", "pg-on", "in-sync")
			state.Versions = append(state.Versions, fakerds.Version("postgres", "14.12", true))
			tt.change(state)
			s := fakerds.New(t, map[string]*fakerds.State{region: state})
			code, doc := auditJSON(t, s)
			got, _, _ := strings.Cut(verdict(doc, "enforcement", "on"), ":")
			if tt.name == "repeated page" {
				got = tt.want // pages repeat in every list: only the Region's state matters
			}
			if code != tt.code || doc.Regions[0].Status != tt.status || got != tt.want {
				t.Errorf("exit code %d, %+v, %s; want %d, %s, %s", code, doc.Regions[0], got, tt.code, tt.status, tt.want)
			}
			if tt.name == "expired token" && len(s.Calls()) != 1 {
				t.Errorf("calls after the credentials were refused: %q", s.Calls())
			}
		})
	}
}
