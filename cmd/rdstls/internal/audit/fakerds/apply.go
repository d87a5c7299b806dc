package fakerds

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// Apply does to the state what RDS does for a command of the AWS command line,
// and refuses what RDS refuses. The audit never runs one: its tests do, to see
// whether remedies work.
func (s *Server) Apply(line string) error {
	c, err := parse(line)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	state := s.Regions[c.flags["--region"]]
	if state == nil {
		return fmt.Errorf("no such Region: %s", line)
	}
	if c.service != "rds" && c.service != "docdb" {
		return fmt.Errorf("no such service: %s", line)
	}
	if err := state.apply(c); err != nil {
		return fmt.Errorf("%s: %w", line, err)
	}
	return nil
}

func (s *State) apply(c *invocation) error {
	switch c.action {
	case "create-db-parameter-group":
		return create(s.Groups, c, "--db-parameter-group-name")
	case "create-db-cluster-parameter-group":
		return create(s.ClusterGroups, c, "--db-cluster-parameter-group-name")
	case "modify-db-parameter-group":
		return s.modifyGroup(s.Groups, c, "--db-parameter-group-name")
	case "modify-db-cluster-parameter-group":
		return s.modifyGroup(s.ClusterGroups, c, "--db-cluster-parameter-group-name")
	case "modify-db-instance":
		return s.modifyInstance(c)
	case "modify-db-cluster":
		return s.modifyCluster(c)
	case "wait db-instance-available", "wait db-cluster-available", "reboot-db-instance", "reboot-db-cluster":
		return s.settle(c)
	case "modify-db-proxy":
		return s.modifyProxy(c)
	case "apply-pending-maintenance-action":
		return s.applyAction(c)
	}
	return errors.New("no such action")
}

func create(groups map[string][]types.Parameter, c *invocation, flag string) error {
	name := c.flags[flag]
	family, ok := groups["default."+c.flags["--db-parameter-group-family"]]
	if _, exists := groups[name]; exists || !ok || strings.HasPrefix(name, "default") || c.flags["--description"] == "" {
		return errors.New("the group exists, or its family or description does not")
	}
	groups[name] = slices.Clone(family)
	return nil
}

// modifyGroup changes a value, and the status of the group where it is attached.
func (s *State) modifyGroup(groups map[string][]types.Parameter, c *invocation, flag string) error {
	name, change := c.flags[flag], c.pairs("--parameters")
	if strings.HasPrefix(name, "default.") {
		return errors.New("a default group cannot be changed")
	}
	list := groups[name]
	i := slices.IndexFunc(list, func(p types.Parameter) bool { return *p.ParameterName == change["ParameterName"] })
	if i < 0 {
		return errors.New("the group does not have the parameter")
	}
	p := &list[i]
	if method := change["ApplyMethod"]; method != "pending-reboot" && (method != "immediate" || *p.ApplyType != "dynamic") {
		return errors.New("the parameter does not allow the apply method")
	}
	if !slices.Contains(strings.Split(*p.AllowedValues, ","), change["ParameterValue"]) {
		return errors.New("the parameter does not allow the value")
	}
	p.ParameterValue, p.Source = aws.String(change["ParameterValue"]), aws.String("user")
	if change["ApplyMethod"] == "pending-reboot" {
		s.setStatus(func(group string) bool { return group == name }, "pending-reboot")
	}
	return nil
}

// setStatus changes the status of groups of one name, wherever they are attached.
func (s *State) setStatus(is func(group string) bool, status string) {
	for i := range s.Instances {
		for j := range s.Instances[i].DBParameterGroups {
			if g := &s.Instances[i].DBParameterGroups[j]; is(*g.DBParameterGroupName) {
				g.ParameterApplyStatus = aws.String(status)
			}
		}
	}
	for i := range s.Clusters {
		for j := range s.Clusters[i].DBClusterMembers {
			if is(*s.Clusters[i].DBClusterParameterGroup) {
				s.Clusters[i].DBClusterMembers[j].DBClusterParameterGroupStatus = aws.String(status)
			}
		}
	}
}

func renewed(ca string) *types.CertificateDetails {
	return &types.CertificateDetails{CAIdentifier: aws.String(ca), ValidTill: aws.Time(time.Now().AddDate(1, 0, 0).UTC())}
}

func (s *State) modifyInstance(c *invocation) error {
	in := s.instance(c.flags["--db-instance-identifier"])
	if in == nil {
		return errors.New("no such instance")
	}
	if ca := c.flags["--ca-certificate-identifier"]; ca != "" {
		if !c.has("--apply-immediately") {
			return errors.New("the CA changes only in the maintenance window")
		}
		in.CACertificateIdentifier, in.CertificateDetails, in.PendingModifiedValues = aws.String(ca), renewed(ca), nil
	}
	if c.has("--enable-iam-database-authentication") {
		in.IAMDatabaseAuthenticationEnabled = aws.Bool(true)
	}
	if group := c.flags["--db-parameter-group-name"]; group != "" {
		if s.Groups[group] == nil {
			return errors.New("no such group")
		}
		in.DBParameterGroups = []types.DBParameterGroupStatus{{
			DBParameterGroupName: aws.String(group), ParameterApplyStatus: aws.String("pending-reboot"),
		}}
	}
	return nil
}

func (s *State) instance(id string) *types.DBInstance {
	i := slices.IndexFunc(s.Instances, func(in types.DBInstance) bool { return *in.DBInstanceIdentifier == id })
	if i < 0 {
		return nil
	}
	return &s.Instances[i]
}
