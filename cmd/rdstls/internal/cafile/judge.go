package cafile

import (
	"bytes"
	"crypto/x509"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/rdstls/go/bundle"
	"github.com/rdstls/go/cmd/rdstls/internal/roots"
	"github.com/rdstls/go/cmd/rdstls/internal/untrusted"
)

// A Problem is something that is wrong with a file.
type Problem struct {
	Kind        string `json:"kind"`        // see the constants
	Certificate string `json:"certificate"` // its subject, or ""
	Text        string `json:"text"`
}

// The kinds of problems.
const (
	Malformed    = "malformed"    // not a strict PEM file
	Lacks        = "lacks"        // some roots of a Region, or of Amazon Trust Services
	Intermediate = "intermediate" // a CA that another one signed
	Beta         = "beta"         // for AWS's own tests
	Retired      = "retired"      // rds-ca-2019 and older
	Expired      = "expired"
	Unknown      = "unknown" // not a root that this version knows
	Mixed        = "mixed"   // Amazon Trust Services beside several Regions
	Empty        = "empty"
)

// Status sums a file up, for a scan.
func Status(problems []Problem) string {
	switch {
	case len(problems) == 0:
		return "current"
	case slices.ContainsFunc(problems, func(p Problem) bool { return p.Kind != Lacks }):
		return "stale"
	}
	return "partial"
}

// Regions returns the Regions of which f has roots, sorted.
func (f File) Regions() []string {
	regions := []string{}
	for _, c := range f.Certs {
		if ca := Describe(c); ca.Region != "" && !slices.Contains(regions, ca.Region) {
			regions = append(regions, ca.Region)
		}
	}
	slices.Sort(regions)
	return regions
}

// Judge returns what is wrong with f: nothing if it is AWS's own file, exactly the
// roots of one or more Regions, or what rdstls bundle pem prints.
func (f File) Judge(now time.Time) []Problem {
	if f.Err == nil && f.isAWS() {
		return nil
	}
	problems := []Problem{}
	if f.Err != nil {
		problems = append(problems, Problem{Malformed, "", untrusted.Line(strings.TrimPrefix(f.Err.Error(), "bundle: "), 500)})
	}
	count := map[string]int{}
	amazon := 0
	for _, c := range f.Certs {
		ca := Describe(c)
		if ca.ID == roots.AmazonTrust {
			amazon++
		} else if ca.Region != "" {
			count[ca.Region]++
		}
		if p, ok := unwanted(ca, now); ok {
			problems = append(problems, p)
		}
	}
	return append(problems, lacks(count, amazon)...)
}

// isAWS reports whether f holds what AWS's file does, whatever its line breaks, or
// is the file for GovCloud.
func (f File) isAWS() bool {
	if f.SHA256 == bundle.SHA256 || f.SHA256 == govCloudSHA256 {
		return true
	}
	added, removed := Diff(Parse(bundle.PEM()), f)
	return len(added) == 0 && len(removed) == 0
}

// unwanted returns what is wrong with a certificate of a file.
func unwanted(ca CA, now time.Time) (Problem, bool) {
	c := ca.Certificate
	name := c.Subject.CommonName
	p := Problem{Certificate: untrusted.Line(c.Subject.String(), untrusted.Name)}
	switch {
	case now.After(c.NotAfter):
		p.Kind, p.Text = Expired, "expired on "+c.NotAfter.UTC().Format(time.DateOnly)
	case ca.ID != "":
		return Problem{}, false
	case strings.Contains(name, "2019 CA") || strings.Contains(name, "2015 CA"):
		p.Kind, p.Text = Retired, "no RDS server presents a certificate of this CA any more"
	case strings.HasPrefix(name, "Amazon RDS Beta") || strings.HasPrefix(name, "Amazon RDS Preview"):
		p.Kind, p.Text = Beta, "for AWS's own tests: no server of yours has a certificate of this CA"
	case !bytes.Equal(c.RawSubject, c.RawIssuer):
		p.Kind, p.Text = Intermediate, "signed by another CA: servers send it, and trusted by itself it outlives its root"
	default:
		p.Kind, p.Text = Unknown, "not an RDS root that this version of rdstls knows: anybody may have made it, or it is newer than rdstls"
	}
	return p, true
}

// lacks returns what is not there of the Regions and CAs of which some roots are.
func lacks(count map[string]int, amazon int) (problems []Problem) {
	regions := []string{}
	for region := range count {
		regions = append(regions, region)
	}
	slices.Sort(regions)
	for _, region := range regions {
		if all := len(OfRegion(region)); count[region] < all {
			problems = append(problems, Problem{Lacks, "", fmt.Sprintf("has %d of the %d roots of %s: servers there may use any of them", count[region], all, region)})
		}
	}
	if all := len(Proxy()); amazon > 0 && amazon < all {
		problems = append(problems, Problem{Lacks, "", fmt.Sprintf("has %d of the %d roots of Amazon Trust Services, which RDS Proxy uses", amazon, all)})
	}
	switch {
	case len(regions) == 0 && amazon == 0:
		problems = append(problems, Problem{Empty, "", "holds no RDS root that is in use: clients with this file can verify no RDS server"})
	case amazon > 0 && len(regions) > 1:
		problems = append(problems, Problem{Mixed, "", "holds Amazon Trust Services, which issues to anybody, beside the roots of several Regions: keep proxies and databases apart"})
	}
	return problems
}

// Subject returns the common name of a certificate, fit to be shown.
func Subject(c *x509.Certificate) string { return untrusted.Text(c.Subject.CommonName, untrusted.Name) }
