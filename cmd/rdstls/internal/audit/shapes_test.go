package audit

import (
	"strings"
	"testing"
)

// TestShapes checks the kinds of resources that look alike in the RDS API and
// need different verdicts, and which resource decides.
func TestShapes(t *testing.T) {
	t.Parallel()
	onValue := Parameter{Presence: HasValue, Value: "ON", Source: "user"}
	offValue := Parameter{Presence: HasValue, Value: "0", Source: "system"}
	syncOf := func(member, status string) Group { return Group{"g", []GroupState{{member, status}}} }
	for name, tt := range map[string]struct {
		res     Resource
		want    Verdict
		control string
		why     string
	}{
		"member with a good instance group": {
			Resource{Kind: Instance, Engine: "aurora-postgresql", Version: "16.4", Cluster: "c", Parameter: onValue, Group: syncOf("x", "in-sync")},
			NotApplicable, "", "see cluster c",
		},
		"member of a Multi-AZ DB cluster": {
			Resource{Kind: Instance, Engine: "postgres", Version: "16.4", Cluster: "c", Parameter: onValue, Group: syncOf("x", "in-sync")},
			NotApplicable, "", "see cluster c",
		},
		"Multi-AZ DB cluster": {
			Resource{Kind: Cluster, Engine: "postgres", Version: "16.4", Parameter: onValue, Group: syncOf("x-1", "in-sync")}, Pass, "", "in force",
		},
		"Multi-AZ DB cluster, off": {
			Resource{Kind: Cluster, Engine: "mysql", Version: "8.0.36", Parameter: offValue, Group: syncOf("x-1", "in-sync")}, Fail, "", "accepts",
		},
		"Limitless, which has shards and no members": {
			Resource{Kind: Cluster, Engine: "aurora-postgresql", Version: "16.6-limitless", Parameter: onValue, Group: Group{Name: "g"}}, Pass, "", "refuses",
		},
		"Limitless, off by default": {
			Resource{Kind: Cluster, Engine: "aurora-postgresql", Version: "16.6-limitless", Parameter: Parameter{Presence: NoValue}}, Fail, "", "by default",
		},
		"express cluster, on by default": {
			Resource{Kind: Cluster, Engine: "aurora-postgresql", Version: "17.4", Gateway: true, Parameter: Parameter{Presence: NoValue}, Group: syncOf("x-1", "in-sync")},
			Pass, "", "in force",
		},
		"Serverless v1": {
			Resource{Kind: Cluster, Engine: "aurora-mysql", Version: "5.7.mysql_aurora.2.11.4", Parameter: offValue, Group: Group{Name: "g"}}, Fail, "", "accepts",
		},
		"a new group with the value, before the reboot": {
			Resource{Kind: Instance, Engine: "mysql", Version: "8.0.36", Parameter: onValue, Group: syncOf("x", "pending-reboot")}, Pending, "RDS.39", "pending-reboot",
		},
		"turned off, before the reboot": {
			Resource{Kind: Instance, Engine: "sqlserver-web", Version: "15.00.4415.2.v1", Parameter: offValue, Group: syncOf("x", "pending-reboot")},
			Fail, "RDS.41", "accepts",
		},
		"no group": {
			Resource{Kind: Instance, Engine: "mariadb", Version: "10.11.6", Parameter: Parameter{Gap: Gap{Action: "rds:DescribeDBParameters", Code: "none"}}},
			Unknown, "RDS.44", "could not be read",
		},
		"a value that is a formula": {
			Resource{Kind: Instance, Engine: "postgres", Version: "15.4", Parameter: Parameter{Presence: HasValue, Value: "{log(2)}"}, Group: syncOf("x", "in-sync")},
			Unknown, "RDS.38", "does not understand",
		},
		"SQL Server developer edition": {
			Resource{Kind: Instance, Engine: "sqlserver-dev-ee", Version: "16.00.4165.4.v1", Parameter: onValue, Group: syncOf("x", "in-sync")}, Pass, "RDS.41", "in force",
		},
		"DocumentDB instance": {Resource{Kind: Instance, Engine: "docdb", Version: "5.0.0", Cluster: "c"}, NotApplicable, "", "see cluster c"},
		"Oracle on a custom operating system": {
			Resource{Kind: Instance, Engine: "custom-oracle-ee-cdb", Version: "19.cev", Parameter: onValue}, NotApplicable, "", "custom-oracle-ee-cdb",
		},
		"Db2": {Resource{Kind: Instance, Engine: "db2-ae", Version: "11.5.9.0.sb00063198.r1", Parameter: onValue}, NotApplicable, "", "Db2 is not judged"},
	} {
		tt.res.ID = "x"
		f := judgeOne(t, &Region{Name: "eu-west-1", Resources: []Resource{tt.res}}, "x", Options{})
		if f.Verdict != tt.want || f.Control != tt.control || !strings.Contains(f.Why, tt.why) {
			t.Errorf("%s: %s %q (%s); want %s %q (…%s…)", name, f.Verdict, f.Control, f.Why, tt.want, tt.control, tt.why)
		}
		checkConsistent(t, f)
	}
}

// TestFirstStep checks that the first step of every remedy for enforcement says
// how to find who would be cut off, with what the engine has.
func TestFirstStep(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ engine, version, first, not string }{
		{"postgres", "14.12", "Run 'rdstls sessions", "each instance"},
		{"aurora-mysql", "8.0.mysql_aurora.3.05.2", "each instance of the cluster", "sys.dm"},
		{"mysql", "5.6.51", "Run 'rdstls sessions", ""},
		{"sqlserver-se", "15.00.1.v1", "encrypt_option = 'FALSE'", "Run 'rdstls sessions"},
		{"docdb", "5.0.0", "without tls=true", "Run 'rdstls sessions"},
	} {
		for _, p := range []Parameter{{Presence: HasValue, Value: "disabled"}, {Presence: HasValue, Value: "enabled"}} {
			for _, state := range []string{"in-sync", "pending-reboot", "failed-to-apply"} {
				f := enforcementOf(tt.engine, tt.version, p, state, Options{})
				if f.Verdict == Fail || f.Verdict == Pending {
					if first := f.Remedy.Steps[0]; !strings.Contains(first, tt.first) || tt.not != "" && strings.Contains(first, tt.not) {
						t.Errorf("%s %s: the first step is %q", tt.engine, f.Verdict, first)
					}
				}
				readable := !strings.HasPrefix(tt.engine, "sqlserver") && tt.engine != "docdb"
				if all := strings.Join(f.Notes, " "); f.Verdict == Pending && strings.Contains(all, "rdstls sessions") != readable {
					t.Errorf("%s: notes %q", tt.engine, all)
				}
				if f.Verdict == Unknown && (len(f.Remedy.Steps) == 2) != readable {
					t.Errorf("%s: steps %q", tt.engine, f.Remedy.Steps)
				}
			}
		}
	}
}

// TestUnsafeNames checks that a name that no AWS resource can have is in no
// command and in no Terraform.
func TestUnsafeNames(t *testing.T) {
	t.Parallel()
	const name = "x'; touch /tmp/x; '${path}"
	for _, res := range []Resource{
		{Kind: Instance, ID: name, Engine: "postgres", Version: "14.1", Parameter: Parameter{Presence: HasValue, Value: "0"}, Group: Group{Name: "default.postgres14"}},
		{Kind: Instance, ID: "x", Engine: "postgres", Version: "14.1", Parameter: Parameter{Presence: HasValue, Value: "0"}, Group: Group{Name: name}},
		{Kind: Instance, ID: "x", Engine: "postgres", Certificate: &Certificate{CA: rsa2048, NotAfter: days(5), PendingCA: name}},
		{Kind: Instance, ID: "x", ARN: name, Engine: "postgres", Certificate: &Certificate{CA: rsa2048, NotAfter: days(5), Actions: []string{"a"}}},
		{Kind: Proxy, ID: name, Proxy: &ProxyFacts{}},
		{Kind: Cluster, ID: name, Engine: "aurora-mysql"},
	} {
		opts := Options{Checks: []Check{CheckEnforcement, CheckProxyTLS, CheckCertificate, CheckIAM}, RequireIAM: true, Now: now}
		for _, f := range Judge(&Region{Name: "eu-west-1", Resources: []Resource{res}}, opts) {
			if f.Remedy == nil {
				continue
			}
			if all := strings.Join(f.Remedy.Commands, "\n") + f.Remedy.Terraform; strings.Contains(all, "touch") || strings.Contains(all, "${") {
				t.Errorf("%s %s: %s", f.Kind, f.Check, all)
			}
		}
	}
}
