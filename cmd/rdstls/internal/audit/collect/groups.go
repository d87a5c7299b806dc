package collect

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
)

// groupKey names a parameter group and the parameter that is wanted of it.
type groupKey struct {
	action     Action
	name, want string
}

// readGroups reads the parameter that decides about each resource: once for each
// group, however many resources share it. The databases behind a proxy are
// judged beside it, so they count as wanted if a proxy is.
func (r *reader) readGroups(ctx context.Context) {
	if !r.want.checks(audit.CheckEnforcement, audit.CheckProxyTLS) {
		return
	}
	proxies := false
	r.each(func(res *audit.Resource) { proxies = proxies || res.Kind == audit.Proxy })
	groups := map[groupKey]audit.Parameter{}
	for i := range r.region.Resources {
		res := &r.region.Resources[i]
		rule := audit.EngineRule(res.Engine, res.Version)
		judged := res.Kind == audit.Cluster || res.Kind == audit.Instance && res.Cluster == ""
		wanted := proxies || r.want.checks(audit.CheckEnforcement) && r.want.matches(res)
		if !judged || !wanted || rule.Parameter == "" {
			continue
		}
		key := groupKey{Parameters, res.Group.Name, rule.Parameter}
		if res.Kind == audit.Cluster {
			key.action = ClusterParameters
		}
		if _, done := groups[key]; !done {
			groups[key] = r.readGroup(ctx, key)
		}
		res.Parameter = groups[key]
	}
}

// readGroup reads one parameter: with a filter, and if the answer does not have
// it, all of the group, because a filter that is ignored or not understood must
// not look like a parameter that does not exist.
func (r *reader) readGroup(ctx context.Context, key groupKey) audit.Parameter {
	if key.name == "" {
		return audit.Parameter{Gap: audit.Gap{Action: permission(key.action), Code: "the API names no parameter group"}}
	}
	req := Request{Action: key.action, Subject: key.name, Name: key.want}
	gaps := len(r.region.Gaps)
	doc, gap := r.describe(ctx, req)
	if found, ok := parameter(doc.Parameters, key.want); ok {
		return found
	}
	if gap != nil && !slices.Contains([]string{"InvalidParameterValue", "InvalidParameterCombination"}, gap.Code) {
		return audit.Parameter{Gap: *gap}
	}
	r.region.Gaps = r.region.Gaps[:gaps] // a filter that the API refuses is no gap
	req.Name = ""
	if doc, gap = r.describe(ctx, req); gap != nil {
		if found, ok := parameter(doc.Parameters, key.want); ok {
			return found
		}
		return audit.Parameter{Gap: *gap}
	}
	found, _ := parameter(doc.Parameters, key.want)
	return found
}

// readMaintenance reads what is pending, and what each engine version needs for
// a new certificate.
func (r *reader) readMaintenance(ctx context.Context) {
	wanted := false
	r.each(func(res *audit.Resource) { wanted = wanted || res.Certificate != nil })
	if !wanted || !r.want.checks(audit.CheckCertificate) {
		return
	}
	doc, gap := r.describe(ctx, Request{Action: PendingActions})
	actions := map[string][]string{}
	for _, p := range doc.PendingMaintenanceActions {
		arn := aws.ToString(p.ResourceIdentifier)
		for _, a := range p.PendingMaintenanceActionDetails {
			// Both names are in use: the documentation and the API differ.
			name := aws.ToString(a.Action)
			if name == "server-certificate-rotation" || name == "ca-certificate-rotation" {
				actions[arn] = append(actions[arn], name)
			}
		}
	}
	versions := r.readVersions(ctx)
	r.each(func(res *audit.Resource) {
		if c := res.Certificate; c != nil {
			c.Actions, c.ActionsRead = actions[res.ARN], gap == nil
			describeVersion(c, versions[[2]string{res.Engine, res.Version}])
		}
	})
}

func describeVersion(c *audit.Certificate, v *types.DBEngineVersion) {
	if v == nil {
		return
	}
	c.SupportedCAs = v.SupportedCACertificateIdentifiers
	if v.SupportsCertificateRotationWithoutRestart != nil {
		c.Restart = audit.RestartNeeded
		if *v.SupportsCertificateRotationWithoutRestart {
			c.Restart = audit.RestartNotNeeded
		}
	}
}

// manyVersions is the number of versions of one engine from which all versions
// of that engine are read instead: they fit one or two pages.
const manyVersions = 3

func (r *reader) readVersions(ctx context.Context) map[[2]string]*types.DBEngineVersion {
	used := map[string][]string{}
	r.each(func(res *audit.Resource) {
		if res.Certificate != nil && res.Version != "" && !slices.Contains(used[res.Engine], res.Version) {
			used[res.Engine] = append(used[res.Engine], res.Version)
		}
	})
	found := map[[2]string]*types.DBEngineVersion{}
	for engine, versions := range used {
		if len(versions) > manyVersions {
			versions = []string{""}
		}
		for _, version := range versions {
			doc, _ := r.describe(ctx, Request{Action: EngineVersions, Subject: engine, Version: version})
			for i := range doc.DBEngineVersions {
				v := &doc.DBEngineVersions[i]
				found[[2]string{aws.ToString(v.Engine), aws.ToString(v.EngineVersion)}] = v
			}
		}
	}
	return found
}
