package audit

import (
	"slices"
	"strings"
	"testing"
)

func judgeOne(t *testing.T, r *Region, id string, opts Options) Finding {
	t.Helper()
	if opts.Checks == nil {
		opts.Checks = []Check{CheckEnforcement, CheckProxyTLS}
	}
	opts.Now = now
	for _, f := range Judge(r, opts) {
		if f.ID == id {
			return f
		}
	}
	t.Fatalf("no finding for %s", id)
	return Finding{}
}

func cluster(id, engine, version string, states ...GroupState) Resource {
	res := Resource{Kind: Cluster, ID: id, Engine: engine, Version: version, Group: Group{Name: "g", States: states}}
	for i, s := range states {
		res.Members = append(res.Members, Member{ID: s.Member, Writer: i == 0})
	}
	return res
}

// TestDocumentDB checks that every value but disabled demands TLS, and that
// Security Hub also refuses enabled.
func TestDocumentDB(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		value      string
		plain, hub Verdict
	}{
		{"disabled", Fail, Fail},
		{"Disabled", Fail, Fail},
		{"enabled", Pass, Fail},
		{"tls1.2+", Pass, Pass},
		{"tls1.3+", Pass, Pass},
		{"fips-140-3", Pass, Pass},
		{"something-new", Pass, Fail},
	} {
		p := Parameter{Presence: HasValue, Value: tt.value}
		if f := enforcementOf("docdb", "5.0.0", p, "in-sync", Options{}); f.Verdict != tt.plain || f.Control != "DocumentDB.6" {
			t.Errorf("tls=%s: %s, control %q, want %s", tt.value, f.Verdict, f.Control, tt.plain)
		}
		if f := enforcementOf("docdb", "5.0.0", p, "in-sync", Options{SecurityHub: true}); f.Verdict != tt.hub {
			t.Errorf("tls=%s, hub: %s, want %s", tt.value, f.Verdict, tt.hub)
		}
	}
	// Without a value, tls is enabled.
	for hub, want := range map[bool]Verdict{false: Pass, true: Fail} {
		if f := enforcementOf("docdb", "5.0.0", Parameter{Presence: NoValue}, "in-sync", Options{SecurityHub: hub}); f.Verdict != want {
			t.Errorf("no value, hub %v: %s, want %s", hub, f.Verdict, want)
		}
	}
}

// TestClusterStates checks that the worst member decides and is named.
func TestClusterStates(t *testing.T) {
	t.Parallel()
	on := Parameter{Presence: HasValue, Value: "ON"}
	for _, tt := range []struct {
		states []GroupState
		want   Verdict
		names  string
	}{
		{[]GroupState{{"a", "in-sync"}, {"b", "in-sync"}}, Pass, ""},
		{[]GroupState{{"a", "in-sync"}, {"b", "pending-reboot"}, {"c", "pending-reboot"}}, Pending, "b, c"},
		{[]GroupState{{"a", "failed-to-apply"}, {"b", "pending-reboot"}}, Unknown, "a"},
		{[]GroupState{{"a", ""}, {"b", "in-sync"}}, Unknown, "a"},
		{nil, Pass, ""},
	} {
		res := cluster("orders", "aurora-mysql", "8.0.mysql_aurora.3.05.2", tt.states...)
		res.Parameter = on
		f := judgeOne(t, &Region{Name: "eu-west-1", Resources: []Resource{res}}, "orders", Options{})
		if f.Verdict != tt.want || !strings.Contains(f.Why, tt.names) {
			t.Errorf("%v: %s (%s), want %s naming %q", tt.states, f.Verdict, f.Why, tt.want, tt.names)
		}
		if tt.states == nil && !slices.ContainsFunc(f.Notes, func(n string) bool { return strings.Contains(n, "no members") }) {
			t.Errorf("a cluster without members has notes %q", f.Notes)
		}
	}
}

// TestUnreadCluster checks that a cluster that only its members mention is
// unknown, never absent.
func TestUnreadCluster(t *testing.T) {
	t.Parallel()
	r := &Region{
		Name: "eu-west-1",
		Resources: []Resource{
			{Kind: Instance, ID: "orders-1", Engine: "aurora-postgresql", Version: "16.4", Cluster: "orders"},
			{Kind: Instance, ID: "orders-2", Engine: "aurora-postgresql", Version: "16.4", Cluster: "orders"},
		},
		Gaps: []Gap{{Action: "rds:DescribeDBClusters", Code: "AccessDenied"}},
	}
	f := judgeOne(t, r, "orders", Options{})
	if f.Verdict != Unknown || f.Kind != Cluster || !strings.Contains(f.Why, "rds:DescribeDBClusters: AccessDenied") {
		t.Errorf("cluster: %s %s: %s", f.Kind, f.Verdict, f.Why)
	}
	if m := judgeOne(t, r, "orders-1", Options{}); m.Verdict != NotApplicable || !strings.Contains(m.Why, "see cluster orders") {
		t.Errorf("member: %s: %s", m.Verdict, m.Why)
	}
	if n := len(Judge(r, Options{Checks: Checks()[:1], Now: now})); n != 3 {
		t.Errorf("%d findings, want 3", n)
	}
}

// TestControls checks which resources have a control, and what the judgment of
// Security Hub differs in.
func TestControls(t *testing.T) {
	t.Parallel()
	on := Parameter{Presence: HasValue, Value: "1"}
	for _, tt := range []struct {
		engine, version, control, state string
		hub                             Verdict
	}{
		{"postgres", "14.12", "RDS.38", "in-sync", Pass},
		{"postgres", "14.12", "RDS.38", "pending-reboot", Fail},
		{"postgres", "14.12", "RDS.38", "failed-to-apply", Fail},
		{"mysql", "8.0.36", "RDS.39", "applying", Fail},
		{"sqlserver-ex", "16.00.1.v1", "RDS.41", "in-sync", Pass},
		{"mariadb", "11.4.3", "RDS.44", "in-sync", Pass},
		{"mariadb", "10.4.34", "", "in-sync", NotApplicable},
		{"mysql", "5.6.51", "RDS.39", "in-sync", Fail},
		{"aurora", "5.6.10a", "", "in-sync", NotApplicable},
		{"aurora-mysql", "8.0.mysql_aurora.3.05.2", "", "in-sync", NotApplicable},
		{"aurora-postgresql", "16.4", "", "in-sync", NotApplicable},
		{"oracle-ee", "19.0", "", "in-sync", NotApplicable},
	} {
		if f := enforcementOf(tt.engine, tt.version, on, tt.state, Options{}); f.Control != tt.control {
			t.Errorf("%s %s: control %q, want %q", tt.engine, tt.version, f.Control, tt.control)
		}
		f := enforcementOf(tt.engine, tt.version, on, tt.state, Options{SecurityHub: true})
		if f.Verdict != tt.hub || f.Verdict == Fail && f.Severity != Medium {
			t.Errorf("%s %s %s, hub: %s %s, want %s", tt.engine, tt.version, tt.state, f.Verdict, f.Severity, tt.hub)
		}
	}
	for _, engine := range []string{"postgres", "mysql"} { // Multi-AZ DB clusters
		res := cluster("m", engine, "8.0.36", GroupState{"a", "in-sync"})
		if f := judgeOne(t, &Region{Resources: []Resource{res}}, "m", Options{}); f.Control != "" {
			t.Errorf("Multi-AZ cluster of %s has control %q", engine, f.Control)
		}
	}
}

// TestUpgradeNote checks who is told that an upgrade turns enforcement on: those
// that are off without a value of their own.
func TestUpgradeNote(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		p    Parameter
		want bool
	}{
		{Parameter{Presence: NoValue}, true},
		{Parameter{Presence: NotPresent}, true},
		{Parameter{Presence: HasValue, Value: "0", Source: "system"}, true},
		{Parameter{Presence: HasValue, Value: "0", Source: "user"}, false},
		{Parameter{Presence: HasValue, Value: "1", Source: "user"}, false},
	} {
		f := enforcementOf("postgres", "14.12", tt.p, "in-sync", Options{})
		got := slices.ContainsFunc(f.Notes, func(n string) bool { return strings.Contains(n, "upgrade to PostgreSQL 15") })
		if got != tt.want {
			t.Errorf("%+v: notes %q", tt.p, f.Notes)
		}
	}
}

// TestSeverity checks that a database that accepts plaintext from the internet
// is critical.
func TestSeverity(t *testing.T) {
	t.Parallel()
	for public, want := range map[bool]string{true: Critical, false: High} {
		res := Resource{
			Kind: Instance, ID: "orders", Engine: "postgres", Version: "14.1", Public: public,
			Parameter: Parameter{Presence: HasValue, Value: "0"},
		}
		if f := judgeOne(t, &Region{Resources: []Resource{res}}, "orders", Options{}); f.Severity != want {
			t.Errorf("public %v: %s, want %s", public, f.Severity, want)
		}
	}
}
