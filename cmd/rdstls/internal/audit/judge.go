package audit

import (
	"slices"
	"time"
)

// Options says what Judge checks, and against what.
type Options struct {
	Checks      []Check
	Match       func(*Resource) bool // nil matches everything
	SecurityHub bool                 // judge exactly as the Security Hub controls do
	RequireIAM  bool                 // IAM authentication that is off is a finding
	Now         time.Time
	Clients     *ClientRoots // what clients trust, for CheckClients
}

// Judge returns the findings of one Region, in the order of its resources. It
// depends on its arguments only.
func Judge(r *Region, opts Options) []Finding {
	resources := append(slices.Clone(r.Resources), unreadClusters(r)...)
	var findings []Finding
	for i := range resources {
		res := &resources[i]
		if opts.Match != nil && !opts.Match(res) {
			continue
		}
		for _, check := range Checks() {
			if slices.Contains(opts.Checks, check) && concerns(check, res) {
				findings = append(findings, judge(check, r, res, opts))
			}
		}
	}
	return findings
}

// unreadClusters returns the clusters that only their members mention. Without
// them, members would refer to a finding that the report does not have.
func unreadClusters(r *Region) []Resource {
	seen := map[string]bool{}
	gap := Gap{Action: "rds:DescribeDBClusters", Code: "the answer does not have this cluster"}
	for _, g := range r.Gaps {
		if g.Action == gap.Action {
			gap = g
		}
	}
	for _, res := range r.Resources {
		if res.Kind == Cluster {
			seen[res.ID] = true
		}
	}
	var unread []Resource
	for _, res := range r.Resources {
		if res.Cluster != "" && !seen[res.Cluster] {
			seen[res.Cluster] = true
			gap := gap
			unread = append(unread, Resource{
				Kind: Cluster, ID: res.Cluster, Engine: res.Engine, Version: res.Version, Public: res.Public, Unread: &gap,
			})
		}
	}
	return unread
}

// concerns reports whether a check has something to say about a resource.
func concerns(check Check, res *Resource) bool {
	switch check {
	case CheckEnforcement:
		return res.Kind != Proxy
	case CheckProxyTLS:
		return res.Kind == Proxy
	case CheckCertificate:
		return res.Kind == Instance || res.Kind == Cluster && res.Certificate != nil
	case CheckClients:
		return res.Kind != Cluster || res.Certificate != nil
	case CheckIAM:
		return res.Kind != Instance || res.Cluster == ""
	}
	return false
}

func judge(check Check, r *Region, res *Resource, opts Options) Finding {
	f := Finding{
		Account: r.Account, Region: r.Name, Kind: res.Kind, ID: res.ID, ARN: res.ARN,
		Engine: res.Engine, Version: res.Version, Public: res.Public, Check: check,
	}
	switch check {
	case CheckEnforcement:
		judgeEnforcement(&f, r, res, opts)
	case CheckProxyTLS:
		judgeProxy(&f, r, res, opts)
	case CheckCertificate:
		judgeCertificate(&f, r, res, opts)
	case CheckClients:
		judgeClients(&f, r, res, opts)
	case CheckIAM:
		judgeIAM(&f, r, res, opts)
	}
	if opts.SecurityHub {
		f.judgeLikeHub()
	}
	return f
}

// judgeLikeHub gives the severity that all these controls have, and leaves out
// what no control evaluates.
func (f *Finding) judgeLikeHub() {
	if f.Control == "" {
		f.Verdict, f.Why, f.Remedy = NotApplicable, "No Security Hub control evaluates this resource.", nil
	}
	f.Severity = ""
	if f.Verdict != Pass && f.Verdict != NotApplicable {
		f.Severity = Medium
	}
}
