package fakerds

import (
	"errors"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

func (s *State) cluster(id string) *types.DBCluster {
	i := slices.IndexFunc(s.Clusters, func(c types.DBCluster) bool { return *c.DBClusterIdentifier == id })
	if i < 0 {
		return nil
	}
	return &s.Clusters[i]
}

func (s *State) modifyCluster(c *invocation) error {
	cluster := s.cluster(c.flags["--db-cluster-identifier"])
	if cluster == nil {
		return errors.New("no such cluster")
	}
	if group := c.flags["--db-cluster-parameter-group-name"]; group != "" {
		if s.ClusterGroups[group] == nil {
			return errors.New("no such group")
		}
		cluster.DBClusterParameterGroup = aws.String(group)
		for i := range cluster.DBClusterMembers {
			cluster.DBClusterMembers[i].DBClusterParameterGroupStatus = aws.String("pending-reboot")
		}
	}
	if c.has("--enable-iam-database-authentication") {
		cluster.IAMDatabaseAuthenticationEnabled = aws.Bool(true)
	}
	if ca := c.flags["--ca-certificate-identifier"]; ca != "" {
		if !c.has("--apply-immediately") || cluster.CertificateDetails == nil {
			return errors.New("the CA changes only in the maintenance window, and for Multi-AZ DB clusters")
		}
		cluster.CertificateDetails, cluster.PendingModifiedValues = renewed(ca), nil
		for _, m := range cluster.DBClusterMembers {
			in := s.instance(*m.DBInstanceIdentifier)
			in.CACertificateIdentifier, in.CertificateDetails = aws.String(ca), renewed(ca)
		}
	}
	return nil
}

// settle waits or reboots: waiting ends "applying", a reboot ends "pending-reboot".
func (s *State) settle(c *invocation) error {
	from := "applying"
	if c.action == "reboot-db-instance" || c.action == "reboot-db-cluster" {
		from = "pending-reboot"
	}
	if id := c.flags["--db-cluster-identifier"]; id != "" {
		cluster := s.cluster(id)
		multiAZ := cluster != nil && (*cluster.Engine == "postgres" || *cluster.Engine == "mysql")
		if cluster == nil || c.action == "reboot-db-cluster" && !multiAZ || c.service == "docdb" {
			return errors.New("no such cluster, or none that can be rebooted or waited for")
		}
		for i := range cluster.DBClusterMembers {
			settleStatus(cluster.DBClusterMembers[i].DBClusterParameterGroupStatus, from)
		}
		return nil
	}
	in := s.instance(c.flags["--db-instance-identifier"])
	if in == nil {
		return errors.New("no such instance")
	}
	for i := range in.DBParameterGroups {
		settleStatus(in.DBParameterGroups[i].ParameterApplyStatus, from)
	}
	for _, cluster := range s.Clusters {
		for i := range cluster.DBClusterMembers {
			if m := &cluster.DBClusterMembers[i]; *m.DBInstanceIdentifier == *in.DBInstanceIdentifier {
				settleStatus(m.DBClusterParameterGroupStatus, from)
			}
		}
	}
	return nil
}

func settleStatus(status *string, from string) {
	if *status == from {
		*status = "in-sync"
	}
}

func (s *State) modifyProxy(c *invocation) error {
	i := slices.IndexFunc(s.Proxies, func(p types.DBProxy) bool { return *p.DBProxyName == c.flags["--db-proxy-name"] })
	// A value after --require-tls is "Unknown options: true" for the AWS command line.
	if value, ok := c.flags["--require-tls"]; i < 0 || !ok || value != "" {
		return errors.New("no such proxy or option")
	}
	s.Proxies[i].RequireTLS = aws.Bool(true)
	return nil
}

func (s *State) applyAction(c *invocation) error {
	arn := c.flags["--resource-identifier"]
	i := slices.IndexFunc(s.Actions, func(a types.ResourcePendingMaintenanceActions) bool { return *a.ResourceIdentifier == arn })
	if i < 0 || c.flags["--opt-in-type"] != "immediate" || *s.Actions[i].PendingMaintenanceActionDetails[0].Action != c.flags["--apply-action"] {
		return errors.New("no such pending action")
	}
	s.Actions = slices.Delete(s.Actions, i, i+1)
	for j := range s.Instances {
		if in := &s.Instances[j]; *in.DBInstanceArn == arn {
			in.CertificateDetails = renewed(*in.CertificateDetails.CAIdentifier)
		}
	}
	return nil
}
