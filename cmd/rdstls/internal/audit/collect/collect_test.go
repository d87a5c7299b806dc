package collect

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkcredentials "github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
	"github.com/rdstls/go/cmd/rdstls/internal/audit/fakerds"
)

const region = "eu-west-1"

// wantAll is an audit of everything that needs no file.
var wantAll = Want{Checks: []audit.Check{audit.CheckEnforcement, audit.CheckProxyTLS, audit.CheckCertificate, audit.CheckIAM}}

// sourceOf asks a fake with the SDK, which tries twice.
func sourceOf(t *testing.T, name string, state *fakerds.State) (Source, *fakerds.Server) {
	t.Helper()
	regions := map[string]*fakerds.State{}
	if state != nil {
		regions[name] = state
	}
	s := fakerds.New(t, regions)
	return liveSource(aws.Config{
		BaseEndpoint: aws.String(s.URL), RetryMaxAttempts: 2,
		Credentials: sdkcredentials.NewStaticCredentialsProvider("AKIAIOSFODNN7EXAMPLE", "secret", ""),
	}, name), s
}

// readOf reads one Region of a fake and judges it.
func readOf(t *testing.T, state *fakerds.State) (*audit.Region, *audit.Report, *fakerds.Server) {
	t.Helper()
	source, s := sourceOf(t, region, state)
	regions := Fleet(t.Context(), []Place{{Region: region, Named: true, Source: source}}, wantAll, nil)
	return regions[0], audit.NewReport("aws", regions, audit.Options{Checks: wantAll.Checks, Now: time.Now()}), s
}

// small is a Region with one database that passes.
func small() *fakerds.State {
	s := fakerds.NewState()
	s.Groups["on"] = []types.Parameter{fakerds.Parameter("rds.force_ssl", "1", "user", "dynamic", "0,1")}
	s.Instance(region, "orders", "postgres", "14.12", "on", "in-sync")
	s.Versions = append(s.Versions, fakerds.Version("postgres", "14.12", true))
	return s
}

func verdictOf(r *audit.Report, check audit.Check, id string) audit.Verdict {
	for _, f := range r.Findings {
		if f.Check == check && f.ID == id {
			return f.Verdict
		}
	}
	return "absent"
}

// TestPages checks that every list is read to its last page.
func TestPages(t *testing.T) {
	t.Parallel()
	const many = 5
	s := fakerds.NewState()
	s.PageSize = 1
	for i := range many {
		n := fmt.Sprint(i)
		s.Groups["on"] = append(s.Groups["on"], fakerds.Parameter("other-"+n, "0", "system", "static", "0,1"))
		s.ClusterGroups["on"] = s.Groups["on"]
		s.Instance(region, "db-"+n, "postgres", "14."+n, "on", "in-sync")
		s.Cluster(region, "c-"+n, "aurora-postgresql", "16.4", "on", "in-sync")
		s.Proxy(region, "p-"+n, true, types.DBProxyTarget{RdsResourceId: aws.String("db-0")}, types.DBProxyTarget{RdsResourceId: aws.String("db-" + n)})
		s.Versions = append(s.Versions, fakerds.Version("postgres", "14."+n, false))
		s.Actions = append(s.Actions, types.ResourcePendingMaintenanceActions{
			ResourceIdentifier:              fakerds.ARN(region, "db", "db-"+n),
			PendingMaintenanceActionDetails: []types.PendingMaintenanceAction{{Action: aws.String("server-certificate-rotation")}},
		})
		s.Certificates = append(s.Certificates, types.Certificate{CertificateIdentifier: aws.String("ca-" + n), CustomerOverride: aws.Bool(i == many-1)})
	}
	for _, groups := range []map[string][]types.Parameter{s.Groups, s.ClusterGroups} {
		groups["on"] = append(groups["on"], fakerds.Parameter("rds.force_ssl", "1", "user", "dynamic", "0,1"))
	}
	s.IgnoreFilter = true
	r, _, _ := readOf(t, s)
	if len(r.Resources) != 3*many || r.Status != audit.Audited || !r.DefaultCA.Override {
		t.Fatalf("%d resources, %s %s, default CA %+v", len(r.Resources), r.Status, r.Why, r.DefaultCA)
	}
	for _, res := range r.Resources {
		switch {
		case res.Kind == audit.Proxy:
			if last := res.ID == "p-0" || len(res.Proxy.Targets) == 2; !last || !res.Proxy.TargetsRead {
				t.Errorf("%s: targets %+v", res.ID, res.Proxy.Targets)
			}
		case res.Parameter.Value != "1":
			t.Errorf("%s: parameter %+v", res.ID, res.Parameter)
		case res.Kind == audit.Instance && (res.Certificate.Restart != audit.RestartNeeded || len(res.Certificate.Actions) != 1):
			t.Errorf("%s: certificate %+v", res.ID, res.Certificate)
		}
	}
}

// TestFailures checks what is read and judged when the API does not answer, or
// answers with what this version does not know.
func TestFailures(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                     string
		change                   func(*fakerds.State)
		status                   audit.RegionStatus
		why                      string
		enforcement, certificate audit.Verdict
		outcome                  audit.Outcome
	}{
		{"good", func(*fakerds.State) {}, audit.Audited, "", audit.Pass, audit.Pass, audit.AllPass},
		{"throttled once", func(s *fakerds.State) { s.Throttle = 1 }, audit.Audited, "", audit.Pass, audit.Pass, audit.AllPass},
		{
			"throttled", func(s *fakerds.State) { s.Throttle = 1 << 20 }, audit.Failed, "rds:DescribeDBInstances: Throttling",
			"absent", "absent", audit.CannotTell,
		},
		{
			"denied parameters", func(s *fakerds.State) { s.Errors["DescribeDBParameters"] = "AccessDenied" }, audit.Failed,
			"rds:DescribeDBParameters: AccessDenied", audit.Unknown, audit.Pass, audit.CannotTell,
		},
		{
			"denied versions", func(s *fakerds.State) { s.Errors["DescribeDBEngineVersions"] = "AccessDenied" }, audit.Failed,
			"rds:DescribeDBEngineVersions: AccessDenied", audit.Pass, audit.Pass, audit.CannotTell,
		},
		{
			"group gone", func(s *fakerds.State) { delete(s.Groups, "on") }, audit.Audited, "",
			audit.Unknown, audit.Pass, audit.CannotTell,
		},
		{
			"unknown version", func(s *fakerds.State) {
				s.Instances[0].EngineVersion = aws.String("99.1")
				s.Groups["on"] = []types.Parameter{fakerds.Parameter("rds.force_ssl", "-", "engine-default", "dynamic", "0,1")}
			}, audit.Audited, "", audit.Unknown, audit.Pass, audit.CannotTell,
		},
		{
			"unknown CA", func(s *fakerds.State) {
				s.Instances[0].CertificateDetails.CAIdentifier = aws.String("rds-ca-rsa2048-g9")
			},
			audit.Audited, "", audit.Pass, audit.Unknown, audit.CannotTell,
		},
		{"empty account", func(s *fakerds.State) { s.Instances = nil }, audit.Audited, "", "absent", "absent", audit.Nothing},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := small()
			tt.change(s)
			r, report, _ := readOf(t, s)
			enforcement, certificate := verdictOf(report, audit.CheckEnforcement, "orders"), verdictOf(report, audit.CheckCertificate, "orders")
			if r.Status != tt.status || !strings.Contains(r.Why, tt.why) || enforcement != tt.enforcement || certificate != tt.certificate {
				t.Errorf("%s (%s), enforcement %s, certificate %s", r.Status, r.Why, enforcement, certificate)
			}
			if report.Outcome() != tt.outcome {
				t.Errorf("outcome %d, want %d", report.Outcome(), tt.outcome)
			}
		})
	}
}

// TestDisabledRegion checks that a Region that is not enabled is skipped only if
// another Region of the same profile answered and nobody named it, and that
// nothing more is asked of it.
func TestDisabledRegion(t *testing.T) {
	t.Parallel()
	good, _ := sourceOf(t, region, small())
	disabled, s := sourceOf(t, "af-south-1", nil)
	for _, tt := range []struct {
		name   string
		places []Place
		want   audit.RegionStatus
	}{
		{"beside one that answers", []Place{{Region: "af-south-1", Source: disabled}, {Region: region, Source: good}}, audit.Skipped},
		{"named", []Place{{Region: "af-south-1", Source: disabled, Named: true}, {Region: region, Source: good}}, audit.Failed},
		{"alone", []Place{{Region: "af-south-1", Source: disabled}}, audit.Failed},
		{"another profile answers", []Place{{Profile: "a", Region: "af-south-1", Source: disabled}, {Profile: "b", Region: region, Source: good}}, audit.Failed},
	} {
		before := len(s.Calls())
		regions := Fleet(t.Context(), tt.places, wantAll, nil)
		if got := regions[0]; got.Status != tt.want || got.Name != "af-south-1" || len(s.Calls()) != before+1 {
			t.Errorf("%s: %+v, %d calls", tt.name, got, len(s.Calls())-before)
		}
	}
}

// TestSameAccountTwice checks that two profiles of one account count once, with
// what the better of them could read.
func TestSameAccountTwice(t *testing.T) {
	t.Parallel()
	good, _ := sourceOf(t, region, small())
	poor := small()
	poor.Errors["DescribeDBClusters"] = "AccessDenied"
	denied, _ := sourceOf(t, region, poor)
	for _, places := range [][]Place{
		{{Profile: "a", Region: region, Source: denied}, {Profile: "b", Region: region, Source: good}},
		{{Profile: "b", Region: region, Source: good}, {Profile: "a", Region: region, Source: denied}},
	} {
		regions := Fleet(t.Context(), places, wantAll, nil)
		if len(regions) != 1 || regions[0].Status != audit.Audited || len(regions[0].Resources) != 1 {
			t.Errorf("%s first: %+v", places[0].Profile, regions)
		}
	}
	empty, _ := sourceOf(t, region, fakerds.NewState())
	places := []Place{{Profile: "a", Region: region, Source: empty}, {Profile: "b", Region: region, Source: empty}}
	if regions := Fleet(t.Context(), places, wantAll, nil); len(regions) != 2 {
		t.Errorf("accounts that are not known are merged: %+v", regions)
	}
}

// TestSelection checks that what is named twice is read once, and in which order.
func TestSelection(t *testing.T) {
	t.Parallel()
	places, err := Selection{Regions: []string{"eu-west-1", "us-east-1", "eu-west-1"}, SkipRegions: []string{"us-east-1"}}.regions("eu-north-1")
	if err != nil || len(places) != 2 || places[0].Region != "eu-west-1" || !places[1].Skip || !places[0].Named {
		t.Errorf("%+v, %v", places, err)
	}
	places, err = Selection{All: true, Regions: []string{"eu-west-1", "eu-test-9"}}.regions("")
	named := slices.DeleteFunc(slices.Clone(places), func(p Place) bool { return !p.Named })
	if err != nil || len(places) != len(AllRegions("aws"))+1 || len(named) != 2 {
		t.Errorf("%d places, named %+v, %v", len(places), named, err)
	}
	for configured, want := range map[string]error{"": ErrNoRegion, "eu-west-1": nil} {
		if _, err := (Selection{}).regions(configured); !errors.Is(err, want) {
			t.Errorf("configured %q: %v, want %v", configured, err, want)
		}
	}
	if _, err := (Selection{All: true}).regions("us-iso-east-1"); !errors.Is(err, ErrNoBundle) {
		t.Errorf("a partition that the bundle does not know: %v", err)
	}
}

// TestProgress checks that Regions that are left out count as done.
func TestProgress(t *testing.T) {
	t.Parallel()
	good, _ := sourceOf(t, region, small())
	last, total := 0, 0
	Fleet(t.Context(), []Place{{Region: region, Source: good}, {Region: "us-east-1", Skip: true}}, wantAll, func(done, of int) { last, total = done, of })
	if last != 2 || total != 2 {
		t.Errorf("%d of %d", last, total)
	}
}
