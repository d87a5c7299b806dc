package endtoend

import (
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/rdstls/go/cmd/rdstls/internal/audit/fakerds"
)

// large returns a Region with instances outside of clusters, clusters of two
// members, and as many groups, over eight engine versions.
func large(region string, instances, clusters, groups int) *fakerds.State {
	s := fakerds.NewState()
	s.PageSize = 100
	for i := range groups {
		s.Groups[fmt.Sprintf("group-%d", i)] = []types.Parameter{fakerds.Parameter("rds.force_ssl", "1", "user", "dynamic", many)}
		s.ClusterGroups[fmt.Sprintf("group-%d", i)] = s.Groups[fmt.Sprintf("group-%d", i)]
	}
	half := max(groups/2, 1)
	for i := range clusters {
		id := fmt.Sprintf("c%d", i)
		s.Cluster(region, id, "aurora-postgresql", fmt.Sprintf("16.%d", i%3), fmt.Sprintf("group-%d", i%half), "in-sync", id+"-1", id+"-2")
	}
	for i := len(s.Instances); i < instances; i++ {
		s.Instance(region, fmt.Sprintf("i%d", i), "postgres", fmt.Sprintf("15.%d", i%5), fmt.Sprintf("group-%d", half+i%half), "in-sync")
	}
	for i := range 5 {
		s.Versions = append(s.Versions, fakerds.Version("postgres", fmt.Sprintf("15.%d", i), true),
			fakerds.Version("aurora-postgresql", fmt.Sprintf("16.%d", i), true))
	}
	return s
}

// TestCalls checks that calls grow with pages and groups, not with resources.
func TestCalls(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ instances, clusters, groups, most int }{
		{500, 80, 20, 40}, {1000, 160, 20, 46}, {500, 80, 10, 30},
	} {
		s := fakerds.New(t, map[string]*fakerds.State{region: large(region, tt.instances, tt.clusters, tt.groups)})
		code, doc := auditJSON(t, s)
		if code != 0 || len(doc.Findings) != 2*tt.instances+tt.clusters {
			t.Errorf("%+v: exit code %d, %d findings", tt, code, len(doc.Findings))
		}
		if n := len(s.Calls()); n > tt.most {
			t.Errorf("%+v: %d calls", tt, n)
		}
	}
}

// BenchmarkAudit measures the built program, from start to end, for the table in
// docs/performance.md.
func BenchmarkAudit(b *testing.B) {
	for _, size := range []struct{ regions, instances, clusters, groups int }{
		{1, 10, 2, 4}, {1, 100, 16, 10}, {1, 500, 80, 20}, {1, 2000, 320, 40}, {33, 500, 80, 20},
	} {
		b.Run(fmt.Sprintf("regions=%d/instances=%d/clusters=%d/groups=%d", size.regions, size.instances, size.clusters, size.groups), func(b *testing.B) {
			regions := map[string]*fakerds.State{}
			args := []string{"audit", "--format", "json"}
			for i := range size.regions {
				name := fmt.Sprintf("eu-test-%d", i)
				regions[name] = large(name, size.instances, size.clusters, size.groups)
				args = append(args, "--region", name)
			}
			s := fakerds.New(b, regions)
			calls := 0
			for b.Loop() {
				before := len(s.Calls())
				runProgram(b, s.Environment("eu-test-0"), args...)
				calls = len(s.Calls()) - before
			}
			b.ReportMetric(float64(calls), "calls")
		})
	}
}
