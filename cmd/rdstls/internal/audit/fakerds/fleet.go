// Package fakerds is an RDS API for tests, in process. It speaks the query
// protocol, answers only Describe actions, and fails the test on any other.
package fakerds

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// State is what the fake knows of one Region.
type State struct {
	Instances     []types.DBInstance
	Clusters      []types.DBCluster
	Proxies       []types.DBProxy
	Targets       map[string][]types.DBProxyTarget
	Groups        map[string][]types.Parameter // DB parameter groups
	ClusterGroups map[string][]types.Parameter
	Actions       []types.ResourcePendingMaintenanceActions
	Versions      []types.DBEngineVersion
	Certificates  []types.Certificate
	DefaultCA     string
	Errors        map[string]string // error code by action, or by action and subject: "Action/SUBJECT"
	Throttle      int               // how many calls to answer with Throttling first
	IgnoreFilter  bool              // answer DescribeDBParameters without the filter
	RefuseFilter  bool              // answer InvalidParameterValue to a filter
	PageSize      int
	RepeatMarker  bool // answer every page with the same marker
	throttle      int
}

// Account is the account of all resources of the fake.
const Account = "123456789012"

// NewState returns an empty Region with pages of two.
func NewState() *State {
	return &State{
		Targets: map[string][]types.DBProxyTarget{}, Groups: map[string][]types.Parameter{},
		ClusterGroups: map[string][]types.Parameter{}, Errors: map[string]string{}, PageSize: 2,
		DefaultCA: "rds-ca-rsa2048-g1",
	}
}

// ARN returns the ARN of a resource: kind is db, cluster or db-proxy.
func ARN(region, kind, id string) *string {
	return aws.String("arn:aws:rds:" + region + ":" + Account + ":" + kind + ":" + id)
}

// Instance adds an instance with a certificate that is valid for 300 days.
func (s *State) Instance(region, id, engine, version, group, status string) *types.DBInstance {
	s.Instances = append(s.Instances, types.DBInstance{
		DBInstanceIdentifier: aws.String(id), DBInstanceArn: ARN(region, "db", id),
		Engine: aws.String(engine), EngineVersion: aws.String(version), DBInstanceStatus: aws.String("available"),
		PubliclyAccessible: aws.Bool(false), PreferredMaintenanceWindow: aws.String("sun:03:00-sun:04:00"),
		CACertificateIdentifier: aws.String("rds-ca-rsa2048-g1"),
		CertificateDetails: &types.CertificateDetails{
			CAIdentifier: aws.String("rds-ca-rsa2048-g1"), ValidTill: aws.Time(time.Now().AddDate(0, 0, 300).UTC()),
		},
		DBParameterGroups: []types.DBParameterGroupStatus{{
			DBParameterGroupName: aws.String(group), ParameterApplyStatus: aws.String(status),
		}},
	})
	return &s.Instances[len(s.Instances)-1]
}

// Cluster adds a cluster and its members, the first of them the writer.
func (s *State) Cluster(region, id, engine, version, group, status string, members ...string) *types.DBCluster {
	c := types.DBCluster{
		DBClusterIdentifier: aws.String(id), DBClusterArn: ARN(region, "cluster", id),
		Engine: aws.String(engine), EngineVersion: aws.String(version), DBClusterParameterGroup: aws.String(group),
	}
	for i, m := range members {
		c.DBClusterMembers = append(c.DBClusterMembers, types.DBClusterMember{
			DBInstanceIdentifier: aws.String(m), IsClusterWriter: aws.Bool(i == 0), DBClusterParameterGroupStatus: aws.String(status),
		})
		s.Instance(region, m, engine, version, "default."+engine, "in-sync").DBClusterIdentifier = aws.String(id)
	}
	s.Clusters = append(s.Clusters, c)
	return &s.Clusters[len(s.Clusters)-1]
}

// Proxy adds a proxy in front of a database.
func (s *State) Proxy(region, name string, requireTLS bool, targets ...types.DBProxyTarget) *types.DBProxy {
	s.Proxies = append(s.Proxies, types.DBProxy{
		DBProxyName: aws.String(name), DBProxyArn: ARN(region, "db-proxy", name), EngineFamily: aws.String("POSTGRESQL"),
		RequireTLS: aws.Bool(requireTLS), Endpoint: aws.String(name + ".proxy-abc123." + region + ".rds.amazonaws.com"),
	})
	s.Targets[name] = targets
	return &s.Proxies[len(s.Proxies)-1]
}

// Parameter describes a parameter. No value is "-".
func Parameter(name, value, source, apply, allowed string) types.Parameter {
	p := types.Parameter{
		ParameterName: aws.String(name), Source: aws.String(source), ApplyType: aws.String(apply), AllowedValues: aws.String(allowed),
	}
	if value != "-" {
		p.ParameterValue = aws.String(value)
	}
	return p
}
