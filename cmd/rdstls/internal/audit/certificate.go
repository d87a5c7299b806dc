package audit

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/rdstls/go/bundle"
)

// The limits below which a certificate is a finding, in days.
const (
	failDays = 30
	warnDays = 90
)

// knownCA reports whether an identifier is one of the CAs that the bundle has.
func knownCA(id string) bool {
	switch id {
	case "rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1":
		return true
	}
	return false
}

func bundleKnows(region string) bool {
	_, known := bundle.Pool(region)
	return known
}

// retiredCA reports whether an identifier is that of a CA that has expired: the
// last of them did on 2024-10-26, in af-south-1.
func retiredCA(id string) bool {
	year, ok := strings.CutPrefix(id, "rds-ca-")
	n, isYear := digits(year)
	return ok && isYear && n <= 2019
}

// Old reports whether new instances get a certificate of a CA that has expired.
func (d *DefaultCA) Old() bool { return retiredCA(d.CA) }

func judgeCertificate(f *Finding, r *Region, res *Resource, opts Options) {
	c := res.Certificate
	if skip := noCertificate(r, res); skip != "" {
		f.conclude(NotApplicable, skip)
		return
	}
	if c == nil || c.CA == "" {
		f.conclude(Unknown, "The API names no CA for this server.")
		return
	}
	f.Certificate = describeCertificate(c, opts.Now)
	f.Verdict = Pass
	switch {
	case retiredCA(c.CA):
		f.conclude(Fail, "The CA "+c.CA+" has expired. Clients that verify the server cannot connect.")
		f.Remedy = remedyReplace(r, res)
	case !knownCA(c.CA) && (c.NotAfter.IsZero() || f.Certificate.DaysLeft >= failDays):
		f.conclude(Unknown, fmt.Sprintf("This version of rdstls does not know the CA %q: update rdstls.", c.CA))
	case knownCA(c.CA) && !bundleKnows(r.Name):
		f.conclude(Fail, "This version's bundle has no roots for "+r.Name+": clients that use it would refuse the server.")
		f.Remedy = remedyRegion(r)
	default:
		judgeValidity(f, r, res)
	}
	noteCertificate(f, c)
}

// noCertificate says why a server's RDS certificate is not judged, or "".
func noCertificate(r *Region, res *Resource) string {
	switch {
	case res.Engine == "neptune":
		return unjudged(res.Engine)
	case behindGateway(r, res):
		return "The internet access gateway presents a certificate of Amazon Trust Services, which AWS renews."
	}
	return ""
}

// behindGateway reports whether clients reach a server through the internet
// access gateway of its cluster.
func behindGateway(r *Region, res *Resource) bool {
	return res.Gateway || res.Cluster != "" && slices.ContainsFunc(r.Resources, func(other Resource) bool {
		return other.Kind == Cluster && other.ID == res.Cluster && other.Gateway
	})
}

func describeCertificate(c *Certificate, now time.Time) *CertificateFinding {
	f := &CertificateFinding{
		CA: c.CA, NotAfter: c.NotAfter, PendingCA: c.PendingCA,
		NeedsRestart: c.Restart == RestartNeeded, Window: c.Window,
	}
	if !c.NotAfter.IsZero() {
		f.DaysLeft = daysBetween(now, c.NotAfter)
	}
	return f
}

// daysBetween rounds down, so that a certificate that expired an hour ago has
// -1 days left.
func daysBetween(now, then time.Time) int {
	return int(math.Floor(then.Sub(now).Hours() / 24))
}

func judgeValidity(f *Finding, r *Region, res *Resource) {
	c, days := res.Certificate, f.Certificate.DaysLeft
	until := "The server certificate is valid until " + c.NotAfter.UTC().Format(time.DateOnly)
	scheduled := c.PendingCA != "" || len(c.Actions) > 0
	switch {
	case c.NotAfter.IsZero():
		f.conclude(Pass, "The CA "+c.CA+" is in this version's bundle.")
		f.note("The API does not say when the server certificate expires.")
	case days < 0:
		f.conclude(Fail, "The server certificate expired on "+c.NotAfter.UTC().Format(time.DateOnly)+".")
	case days < failDays:
		f.conclude(Fail, fmt.Sprintf("%s: %s.", until, plural(days, "day")))
	case days < warnDays && scheduled:
		f.conclude(Pending, fmt.Sprintf("%s: %s. Its replacement is scheduled.", until, plural(days, "day")))
	case days < warnDays:
		f.conclude(Warn, fmt.Sprintf("%s: %s. No replacement is scheduled.", until, plural(days, "day")))
	default:
		f.conclude(Pass, fmt.Sprintf("%s, from the CA %s, which is in this version's bundle.", until, c.CA))
	}
	if c.PendingCA != "" && f.Verdict == Pass {
		f.conclude(Pending, "A change of the CA to "+c.PendingCA+" is pending.")
	}
	if f.Verdict != Pass {
		f.Remedy = remedyRotate(r, res)
	}
}

func plural(n int, unit string) string {
	if n == 1 {
		return "1 " + unit + " left"
	}
	return fmt.Sprintf("%d %ss left", n, unit)
}

func noteCertificate(f *Finding, c *Certificate) {
	switch c.Restart {
	case RestartNeeded:
		if strings.HasPrefix(f.Engine, "oracle-") {
			f.note("A new certificate restarts only the listener of this engine version.")
		} else {
			f.note("A new certificate needs a restart of the engine; certificates of such versions last three years.")
		}
	case RestartNotNeeded:
		f.note("AWS renews the certificate without a restart, at half of its lifetime and without a notice.")
	case RestartUnknown:
		f.note("It is not known whether a new certificate needs a restart (rds:DescribeDBEngineVersions).")
	}
	if !c.ActionsRead {
		f.note("Pending maintenance is not known (rds:DescribePendingMaintenanceActions).")
	}
	if c.PendingCA != "" && !knownCA(c.PendingCA) {
		f.note(fmt.Sprintf("This version of rdstls does not know the pending CA %q.", c.PendingCA))
	}
}
