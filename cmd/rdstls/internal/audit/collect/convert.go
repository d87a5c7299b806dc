package collect

import (
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/rdstls/go/cmd/rdstls/internal/audit"
)

func instance(in *types.DBInstance) audit.Resource {
	id := aws.ToString(in.DBInstanceIdentifier)
	res := audit.Resource{
		Kind: audit.Instance, ID: id, ARN: aws.ToString(in.DBInstanceArn),
		Engine: aws.ToString(in.Engine), Version: aws.ToString(in.EngineVersion),
		Public: aws.ToBool(in.PubliclyAccessible), Cluster: aws.ToString(in.DBClusterIdentifier),
		IAM: aws.ToBool(in.IAMDatabaseAuthenticationEnabled),
	}
	for _, g := range in.DBParameterGroups {
		res.Group.Name = aws.ToString(g.DBParameterGroupName)
		res.Group.States = append(res.Group.States, audit.GroupState{Member: id, Status: aws.ToString(g.ParameterApplyStatus)})
	}
	c := &audit.Certificate{CA: aws.ToString(in.CACertificateIdentifier), Window: aws.ToString(in.PreferredMaintenanceWindow)}
	presented(c, in.CertificateDetails)
	if p := in.PendingModifiedValues; p != nil {
		c.PendingCA = aws.ToString(p.CACertificateIdentifier)
		c.OtherPending = pendingFields(*p)
	}
	res.Certificate = c
	return res
}

func presented(c *audit.Certificate, details *types.CertificateDetails) {
	if details == nil {
		return
	}
	if id := aws.ToString(details.CAIdentifier); id != "" {
		c.CA = id
	}
	c.NotAfter = aws.ToTime(details.ValidTill)
}

// pendingFields names what --apply-immediately would apply besides the CA. It
// returns names only: one of the values can be a password.
func pendingFields(pending any) []string {
	var names []string
	v := reflect.ValueOf(pending)
	for i := range v.NumField() {
		field := v.Type().Field(i)
		ca := field.Name == "CACertificateIdentifier" || field.Name == "CertificateDetails"
		if field.IsExported() && !ca && !v.Field(i).IsZero() {
			names = append(names, field.Name)
		}
	}
	return names
}

func cluster(in *types.DBCluster) audit.Resource {
	res := audit.Resource{
		Kind: audit.Cluster, ID: aws.ToString(in.DBClusterIdentifier), ARN: aws.ToString(in.DBClusterArn),
		Engine: aws.ToString(in.Engine), Version: aws.ToString(in.EngineVersion),
		Gateway: aws.ToBool(in.InternetAccessGatewayEnabled),
		IAM:     aws.ToBool(in.IAMDatabaseAuthenticationEnabled),
		Group:   audit.Group{Name: aws.ToString(in.DBClusterParameterGroup)},
	}
	res.Public = aws.ToBool(in.PubliclyAccessible) || res.Gateway
	for _, m := range in.DBClusterMembers {
		id := aws.ToString(m.DBInstanceIdentifier)
		res.Members = append(res.Members, audit.Member{ID: id, Writer: aws.ToBool(m.IsClusterWriter)})
		res.Group.States = append(res.Group.States,
			audit.GroupState{Member: id, Status: aws.ToString(m.DBClusterParameterGroupStatus)})
	}
	if in.CertificateDetails != nil {
		c := &audit.Certificate{Window: aws.ToString(in.PreferredMaintenanceWindow)}
		presented(c, in.CertificateDetails)
		if p := in.PendingModifiedValues; p != nil {
			c.OtherPending = pendingFields(*p)
			if p.CertificateDetails != nil {
				c.PendingCA = aws.ToString(p.CertificateDetails.CAIdentifier)
			}
		}
		res.Certificate = c
	}
	return res
}

func proxy(in *types.DBProxy) audit.Resource {
	facts := &audit.ProxyFacts{RequireTLS: aws.ToBool(in.RequireTLS), Endpoint: aws.ToString(in.Endpoint)}
	facts.IAM = aws.ToString(in.DefaultAuthScheme) == "IAM_AUTH"
	for _, auth := range in.Auth {
		facts.IAM = facts.IAM || auth.IAMAuth == types.IAMAuthModeRequired
	}
	return audit.Resource{
		Kind: audit.Proxy, ID: aws.ToString(in.DBProxyName), ARN: aws.ToString(in.DBProxyArn),
		Engine: strings.ToLower(aws.ToString(in.EngineFamily)), Proxy: facts,
	}
}

// targets returns the databases behind a proxy. For an Aurora cluster, the API
// lists the cluster and each of its instances: the cluster is what is judged.
func targets(in []types.DBProxyTarget) []audit.Target {
	var list []audit.Target
	seen := map[string]bool{}
	for _, t := range in {
		target := audit.Target{Kind: audit.Instance, ID: aws.ToString(t.RdsResourceId)}
		switch {
		case aws.ToString(t.TrackedClusterId) != "":
			target = audit.Target{Kind: audit.Cluster, ID: *t.TrackedClusterId}
		case t.Type == types.TargetTypeTrackedCluster:
			target.Kind = audit.Cluster
		}
		if !seen[string(target.Kind)+target.ID] {
			seen[string(target.Kind)+target.ID] = true
			list = append(list, target)
		}
	}
	return list
}

// parameter finds a parameter in what was read of a group.
func parameter(list []types.Parameter, name string) (audit.Parameter, bool) {
	for _, p := range list {
		if aws.ToString(p.ParameterName) != name {
			continue
		}
		found := audit.Parameter{
			Presence: audit.HasValue, Value: aws.ToString(p.ParameterValue), Source: aws.ToString(p.Source),
			Dynamic: aws.ToString(p.ApplyType) == "dynamic",
		}
		if strings.TrimSpace(found.Value) == "" {
			found.Presence, found.Value = audit.NoValue, ""
		}
		for value := range strings.SplitSeq(aws.ToString(p.AllowedValues), ",") {
			if value = strings.TrimSpace(value); value != "" {
				found.Allowed = append(found.Allowed, value)
			}
		}
		return found, true
	}
	return audit.Parameter{Presence: audit.NotPresent}, false
}

// account returns the account in an ARN: arn:aws:rds:REGION:ACCOUNT:…
func account(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}
