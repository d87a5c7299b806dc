package collect

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
)

// Want says what an audit needs to know, so that nothing else is asked.
type Want struct {
	Checks []audit.Check
	Match  func(*audit.Resource) bool
}

func (w Want) checks(checks ...audit.Check) bool {
	return slices.ContainsFunc(checks, func(c audit.Check) bool { return slices.Contains(w.Checks, c) })
}

func (w Want) matches(res *audit.Resource) bool { return w.Match == nil || w.Match(res) }

// reader reads one Region.
type reader struct {
	source   Source
	want     Want
	region   *audit.Region
	answered bool   // at least one action was answered
	refused  string // the error code that says that the credentials are not valid here
}

// readRegion reads all that is wanted about one Region.
func readRegion(ctx context.Context, source Source, name string, want Want) *reader {
	r := &reader{source: source, want: want, region: &audit.Region{Name: name, Partition: Partition(name), Status: audit.Audited}}
	r.readResources(ctx)
	if r.refused == "" {
		r.readGroups(ctx)
		r.readMaintenance(ctx)
		r.readTargets(ctx)
		r.readDefaultCA(ctx)
	}
	r.conclude()
	return r
}

// describe asks the source, and keeps what could not be read as a gap. After an
// error that says that the credentials are not valid, nothing else is asked.
func (r *reader) describe(ctx context.Context, req Request) (*Document, *audit.Gap) {
	if r.refused != "" {
		return &Document{}, &audit.Gap{Action: permission(req.Action), Subject: req.Subject, Code: r.refused}
	}
	doc, err := r.source.Describe(ctx, req)
	if err == nil {
		r.answered = true
		return doc, nil
	}
	if doc == nil {
		doc = &Document{}
	}
	gap := audit.Gap{Action: permission(req.Action), Subject: req.Subject, Code: code(err)}
	if isCredential(gap.Code) {
		r.refused = gap.Code
	}
	r.region.Gaps = append(r.region.Gaps, gap)
	return doc, &gap
}

func permission(a Action) string { return "rds:" + string(a) }

// isCredential reports whether a code concerns the credentials as a whole, so
// that no other action would be answered either.
func isCredential(code string) bool {
	return notEnabled(code) || slices.Contains([]string{
		"ExpiredToken", "ExpiredTokenException", "RequestExpired", "SignatureDoesNotMatch", "InvalidSignatureException",
		"MissingAuthenticationToken", "IncompleteSignature", interrupted, notLoggedIn,
	}, code)
}

// notEnabled reports whether a code is what AWS answers in a Region that the
// account has not enabled. Wrong credentials get the same codes.
func notEnabled(code string) bool {
	return slices.Contains([]string{"InvalidClientTokenId", "OptInRequired", "UnrecognizedClientException", "AuthFailure"}, code)
}

func (r *reader) readResources(ctx context.Context) {
	doc, _ := r.describe(ctx, Request{Action: Instances})
	public := map[string]bool{}
	for i := range doc.DBInstances {
		res := instance(&doc.DBInstances[i])
		public[res.Cluster] = public[res.Cluster] || res.Public
		r.add(res)
	}
	doc, _ = r.describe(ctx, Request{Action: Clusters})
	for i := range doc.DBClusters {
		res := cluster(&doc.DBClusters[i])
		res.Public = res.Public || public[res.ID]
		r.add(res)
	}
	if r.want.checks(audit.CheckProxyTLS, audit.CheckClients, audit.CheckIAM) {
		doc, _ = r.describe(ctx, Request{Action: Proxies})
		for i := range doc.DBProxies {
			r.add(proxy(&doc.DBProxies[i]))
		}
	}
}

func (r *reader) add(res audit.Resource) {
	if r.region.Account == "" {
		r.region.Account = account(res.ARN)
	}
	r.region.Resources = append(r.region.Resources, res)
}

// each calls f for every resource that is wanted.
func (r *reader) each(f func(*audit.Resource)) {
	for i := range r.region.Resources {
		if res := &r.region.Resources[i]; r.want.matches(res) {
			f(res)
		}
	}
}

func (r *reader) readTargets(ctx context.Context) {
	if !r.want.checks(audit.CheckProxyTLS) {
		return
	}
	r.each(func(res *audit.Resource) {
		if res.Kind == audit.Proxy {
			doc, gap := r.describe(ctx, Request{Action: ProxyTargets, Subject: res.ID})
			res.Proxy.Targets, res.Proxy.TargetsRead = targets(doc.Targets), gap == nil
		}
	})
}

func (r *reader) readDefaultCA(ctx context.Context) {
	if !r.want.checks(audit.CheckCertificate) {
		return
	}
	doc, gap := r.describe(ctx, Request{Action: Certificates})
	if gap != nil {
		return
	}
	r.region.DefaultCA = &audit.DefaultCA{CA: aws.ToString(doc.DefaultCertificateForNewLaunches)}
	for _, c := range doc.Certificates {
		if aws.ToBool(c.CustomerOverride) {
			r.region.DefaultCA.Override = true
			if r.region.DefaultCA.CA == "" {
				r.region.DefaultCA.CA = aws.ToString(c.CertificateIdentifier)
			}
		}
	}
}

// conclude says whether the Region was read. A group that is gone is a matter of
// its resource; any other gap makes the Region failed.
func (r *reader) conclude() {
	var why []string
	for _, gap := range r.region.Gaps {
		if strings.Contains(gap.Code, "NotFound") {
			continue
		}
		if text := gap.Action + ": " + gap.Code; !slices.Contains(why, text) {
			why = append(why, text)
		}
	}
	if len(why) > 0 {
		r.region.Status, r.region.Why = audit.Failed, strings.Join(why, "; ")
	}
}
