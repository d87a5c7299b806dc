package audit

import (
	"strings"
	"testing"
)

// TestProxy checks that RequireTLS decides, and that the verdict of the database
// behind the proxy stands beside it.
func TestProxy(t *testing.T) {
	t.Parallel()
	db := Resource{
		Kind: Instance, ID: "orders", Engine: "postgres", Version: "14.1",
		Parameter: Parameter{Presence: HasValue, Value: "0"},
	}
	for _, tt := range []struct {
		facts ProxyFacts
		want  Verdict
		note  string
	}{
		{ProxyFacts{RequireTLS: true, TargetsRead: true, Targets: []Target{{Instance, "orders"}}}, Pass, "instance orders: fail"},
		{ProxyFacts{RequireTLS: true, TargetsRead: true, Targets: []Target{{Cluster, "gone"}}}, Pass, "cluster gone: unknown"},
		{ProxyFacts{RequireTLS: false, TargetsRead: true}, Fail, "no database behind it"},
		{ProxyFacts{RequireTLS: false}, Fail, "could not be read"},
	} {
		res := Resource{Kind: Proxy, ID: "pool", Engine: "POSTGRESQL", Proxy: &tt.facts}
		f := judgeOne(t, &Region{Name: "eu-west-1", Resources: []Resource{db, res}}, "pool", Options{})
		if f.Verdict != tt.want || f.Control != "RDS.43" || !strings.Contains(strings.Join(f.Notes, " "), tt.note) {
			t.Errorf("%+v: %s %s, notes %q", tt.facts, f.Control, f.Verdict, f.Notes)
		}
		checkConsistent(t, f)
	}
}

// TestIAM checks that IAM authentication is information unless it is required.
func TestIAM(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		res            Resource
		info, required Verdict
	}{
		{Resource{Kind: Instance, Engine: "postgres", IAM: true}, Pass, Pass},
		{Resource{Kind: Instance, Engine: "postgres"}, NotApplicable, Fail},
		{Resource{Kind: Cluster, Engine: "aurora-mysql"}, NotApplicable, Fail},
		{Resource{Kind: Instance, Engine: "sqlserver-ee"}, NotApplicable, NotApplicable},
		{Resource{Kind: Instance, Engine: "mariadb", Version: "10.5.26"}, NotApplicable, Fail},
		{Resource{Kind: Proxy, Proxy: &ProxyFacts{IAM: true}}, Pass, Pass},
		{Resource{Kind: Proxy, Proxy: &ProxyFacts{}}, NotApplicable, Fail},
	} {
		tt.res.ID = "x"
		r := &Region{Name: "eu-west-1", Resources: []Resource{tt.res}}
		for required, want := range map[bool]Verdict{false: tt.info, true: tt.required} {
			f := judgeOne(t, r, "x", Options{Checks: []Check{CheckIAM}, RequireIAM: required})
			if f.Verdict != want {
				t.Errorf("%s %s, required %v: %s, want %s", tt.res.Kind, tt.res.Engine, required, f.Verdict, want)
			}
			checkConsistent(t, f)
		}
	}
}

// TestOutcome checks the order of precedence of the exit codes.
func TestOutcome(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		verdicts []Verdict
		status   RegionStatus
		want     Outcome
	}{
		{nil, Audited, Nothing},
		{nil, Failed, CannotTell},
		{nil, Skipped, Nothing},
		{[]Verdict{NotApplicable}, Audited, Nothing},
		{[]Verdict{Pass, NotApplicable}, Audited, AllPass},
		{[]Verdict{Pass}, Failed, CannotTell},
		{[]Verdict{Pass, Unknown}, Audited, CannotTell},
		{[]Verdict{Pass, Unknown, Warn}, Failed, Found},
		{[]Verdict{Pending}, Audited, Found},
		{[]Verdict{Fail, Unknown}, Audited, Found},
	} {
		report := Report{Regions: []*Region{{Status: tt.status}}}
		for _, v := range tt.verdicts {
			report.Findings = append(report.Findings, Finding{Verdict: v})
		}
		if got := report.Outcome(); got != tt.want {
			t.Errorf("%v in a Region that is %s: %d, want %d", tt.verdicts, tt.status, got, tt.want)
		}
		if report.Interrupted = true; report.Outcome() < CannotTell {
			t.Errorf("%v: an interrupted audit is good", tt.verdicts)
		}
	}
}
