package audit

import (
	"strings"
	"testing"
	"time"
)

const rsa2048, rsa4096 = "rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1"

func days(n int) time.Time { return now.AddDate(0, 0, n) }

func certificateOf(t *testing.T, region string, c *Certificate) Finding {
	t.Helper()
	res := Resource{Kind: Instance, ID: "orders", ARN: "arn:aws:rds:eu-west-1:1:db:orders", Engine: "postgres", Version: "15.4", Certificate: c}
	return judgeOne(t, &Region{Name: region, Resources: []Resource{res}}, "orders", Options{Checks: []Check{CheckCertificate}})
}

// TestCertificate checks the verdicts on server certificates, and which command
// the remedy holds.
func TestCertificate(t *testing.T) {
	t.Parallel()
	action := []string{"server-certificate-rotation"}
	for _, tt := range []struct {
		name, region string
		c            *Certificate
		want         Verdict
		command      string
	}{
		{"good", "eu-west-1", &Certificate{CA: rsa2048, NotAfter: days(300)}, Pass, ""},
		{"90 days", "eu-west-1", &Certificate{CA: rsa2048, NotAfter: days(90)}, Pass, ""},
		{"89 days", "eu-west-1", &Certificate{CA: rsa2048, NotAfter: days(89)}, Warn, ""},
		{"89 days, scheduled", "eu-west-1", &Certificate{CA: rsa2048, NotAfter: days(89), Actions: action}, Pending, "apply-pending-maintenance-action"},
		{"30 days", "eu-west-1", &Certificate{CA: rsa2048, NotAfter: days(30)}, Warn, ""},
		{"29 days", "eu-west-1", &Certificate{CA: rsa2048, NotAfter: days(29)}, Fail, ""},
		{"29 days, scheduled", "eu-west-1", &Certificate{CA: rsa2048, NotAfter: days(29), Actions: action}, Fail, "apply-pending-maintenance-action"},
		{"another CA", "eu-west-1", &Certificate{CA: rsa2048, NotAfter: days(29), SupportedCAs: []string{rsa2048, rsa4096}}, Fail, "'rds-ca-rsa4096-g1'"},
		{"expired an hour ago", "eu-west-1", &Certificate{CA: rsa2048, NotAfter: now.Add(-time.Hour)}, Fail, ""},
		{"action, long valid", "eu-west-1", &Certificate{CA: rsa2048, NotAfter: days(300), Actions: action}, Pass, ""},
		{"CA change", "eu-west-1", &Certificate{CA: rsa2048, NotAfter: days(300), PendingCA: rsa4096}, Pending, "'rds-ca-rsa4096-g1'"},
		{"CA change, expired", "eu-west-1", &Certificate{CA: rsa2048, NotAfter: days(-5), PendingCA: rsa4096}, Fail, "'rds-ca-rsa4096-g1'"},
		{"retired", "eu-west-1", &Certificate{CA: "rds-ca-2019", NotAfter: days(300)}, Fail, "'rds-ca-rsa2048-g1'"},
		{"older", "eu-west-1", &Certificate{CA: "rds-ca-2015", NotAfter: days(300)}, Fail, "'rds-ca-rsa2048-g1'"},
		{"future", "eu-west-1", &Certificate{CA: "rds-ca-2031", NotAfter: days(300)}, Unknown, ""},
		{"g2", "eu-west-1", &Certificate{CA: "rds-ca-rsa2048-g2", NotAfter: days(300)}, Unknown, ""},
		{"g2, no expiry", "eu-west-1", &Certificate{CA: "rds-ca-rsa2048-g2"}, Unknown, ""},
		{"g2, 29 days", "eu-west-1", &Certificate{CA: "rds-ca-rsa2048-g2", NotAfter: days(29)}, Fail, ""},
		{"g2, expired", "eu-south-9", &Certificate{CA: "rds-ca-rsa2048-g2", NotAfter: days(-1)}, Fail, ""},
		{"Region", "eu-south-9", &Certificate{CA: rsa2048, NotAfter: days(300)}, Fail, ""},
		{"Beta", "Beta us-east-1", &Certificate{CA: rsa2048, NotAfter: days(300)}, Fail, ""},
		{"no expiry", "eu-west-1", &Certificate{CA: rsa2048}, Pass, ""},
		{"no CA", "eu-west-1", &Certificate{}, Unknown, ""},
		{"nothing", "eu-west-1", nil, Unknown, ""},
	} {
		f := certificateOf(t, tt.region, tt.c)
		commands := ""
		if f.Remedy != nil {
			commands = strings.Join(f.Remedy.Commands, "\n")
		}
		if f.Verdict != tt.want || !strings.Contains(commands, tt.command) || (tt.command == "") != (commands == "") {
			t.Errorf("%s: %s (%s) with %q; want %s with %q", tt.name, f.Verdict, f.Why, commands, tt.want, tt.command)
		}
		if strings.Contains(commands, "no-certificate-rotation-restart") {
			t.Errorf("%s: %s", tt.name, commands)
		}
		checkConsistent(t, f)
	}
}

// TestExpiryNeverImproves checks that fewer days left never improve a verdict,
// whatever else is known.
func TestExpiryNeverImproves(t *testing.T) {
	t.Parallel()
	for _, pending := range []string{"", rsa4096, "rds-ca-rsa2048-g2"} {
		for i, actions := range [][]string{nil, {"ca-certificate-rotation"}, nil, {"server-certificate-rotation"}} {
			last, ca := Pass, []string{rsa2048, "rds-ca-rsa2048-g2"}[i/2]
			for left := 400; left > -3; left-- {
				c := &Certificate{CA: ca, NotAfter: days(left), PendingCA: pending, Actions: actions}
				f := certificateOf(t, "eu-west-1", c)
				if badness(f.Verdict) < badness(last) {
					t.Fatalf("pending %q, actions %v: %s with %d days, %s before", pending, actions, f.Verdict, left, last)
				}
				last = f.Verdict
			}
		}
	}
}

// TestNoCertificate checks the servers that do not present an RDS certificate:
// those behind a gateway, and Neptune's.
func TestNoCertificate(t *testing.T) {
	t.Parallel()
	expired := &Certificate{CA: "rds-ca-2019", NotAfter: days(-5)}
	gateway := Resource{Kind: Cluster, ID: "web", Engine: "aurora-postgresql", Version: "16.4", Gateway: true, Public: true}
	r := &Region{Name: "eu-west-1", Resources: []Resource{
		gateway,
		{Kind: Instance, ID: "web-1", Engine: "aurora-postgresql", Version: "16.4", Cluster: "web", Certificate: expired},
		{Kind: Instance, ID: "graph", Engine: "neptune", Version: "1.3", Certificate: expired},
	}}
	for _, id := range []string{"web-1", "graph"} {
		if f := judgeOne(t, r, id, Options{Checks: []Check{CheckCertificate}}); f.Verdict != NotApplicable {
			t.Errorf("%s: %s (%s)", id, f.Verdict, f.Why)
		}
	}
}

// TestMultiAZCertificate checks that the remedy of a member changes the cluster,
// which has one setting for all members.
func TestMultiAZCertificate(t *testing.T) {
	t.Parallel()
	old := &Certificate{CA: "rds-ca-2019", NotAfter: days(-5), OtherPending: []string{"AllocatedStorage"}}
	m := cluster("m", "postgres", "15.4", GroupState{"m-1", "in-sync"})
	m.Certificate = old
	r := &Region{Name: "eu-west-1", Resources: []Resource{
		m, {Kind: Instance, ID: "m-1", Engine: "postgres", Version: "15.4", Cluster: "m", Certificate: old},
	}}
	for _, id := range []string{"m", "m-1"} {
		f := judgeOne(t, r, id, Options{Checks: []Check{CheckCertificate}})
		if c := strings.Join(f.Remedy.Commands, "\n"); !strings.Contains(c, "modify-db-cluster --db-cluster-identifier 'm'") {
			t.Errorf("%s: %s", id, c)
		}
		if f.Remedy.Terraform != "  ca_certificate_identifier = \"rds-ca-rsa2048-g1\"\n" {
			t.Errorf("%s: Terraform %q", id, f.Remedy.Terraform)
		}
		if steps := strings.Join(f.Remedy.Steps, "\n"); !strings.Contains(steps, "AllocatedStorage") {
			t.Errorf("%s: the steps do not list what else is pending: %s", id, steps)
		}
	}
}
