package audit

import (
	"fmt"
	"slices"
	"strings"
)

// plan holds the names and values that the commands of one resource need.
type plan struct {
	res       *Resource
	parameter string
	service   string // of the AWS command line
	group     string // the group to change
	fresh     bool   // that group does not exist yet
	value     string
	method    string
}

func planFor(r *Region, res *Resource, rule Rule) *plan {
	p := &plan{res: res, parameter: rule.Parameter, service: serviceOf(res), group: res.Group.Name, method: "pending-reboot"}
	if res.Parameter.Dynamic {
		p.method = "immediate"
	}
	p.value = valueOn(rule.Parameter, res.Parameter.Allowed)
	if strings.HasPrefix(res.Group.Name, defaultGroup) {
		p.fresh, p.group = true, freshGroup(r, res)
	}
	return p
}

// serviceOf returns the service of the AWS command line that knows a resource.
func serviceOf(res *Resource) string {
	if res.Engine == "docdb" {
		return "docdb"
	}
	return "rds"
}

// valueOn chooses the value among those that the parameter allows.
func valueOn(parameter string, allowed []string) string {
	preferred := []string{"ON", "1"}
	if parameter == documentDBTLS {
		// enabled also allows TLS 1.0, which Security Hub does not accept.
		preferred = []string{"tls1.2+", "enabled"}
		if len(allowed) == 0 {
			return "enabled"
		}
	}
	for _, value := range preferred {
		if slices.Contains(allowed, value) {
			return value
		}
	}
	return preferred[len(preferred)-1]
}

// freshGroup returns a name for the new group that no other resource uses: the
// identifier is unique, and so is the name unless it was used before.
func freshGroup(r *Region, res *Resource) string {
	taken := func(name string) bool {
		return slices.ContainsFunc(r.Resources, func(other Resource) bool { return other.Group.Name == name })
	}
	name := res.ID + "-require-tls"
	for n := 2; taken(name); n++ {
		name = fmt.Sprintf("%s-require-tls-%d", res.ID, n)
	}
	return name
}

// cluster reports whether the commands are those for clusters.
func (p *plan) cluster() bool { return p.res.Kind == Cluster }

// multiAZ reports whether the cluster is a Multi-AZ DB cluster, which RDS reboots as a whole.
func (p *plan) multiAZ() bool {
	return p.cluster() && (p.res.Engine == "postgres" || p.res.Engine == "mysql")
}

func (p *plan) groupCommand(verb string) *command {
	if p.cluster() {
		return aws(p.service, verb+"-db-cluster-parameter-group").arg("--db-cluster-parameter-group-name", p.group)
	}
	return aws(p.service, verb+"-db-parameter-group").arg("--db-parameter-group-name", p.group)
}

func (p *plan) create() *command {
	family := strings.TrimPrefix(p.res.Group.Name, defaultGroup)
	return p.groupCommand("create").
		arg("--db-parameter-group-family", family).
		text("--description", "Requires TLS")
}

func (p *plan) modify() *command {
	return p.groupCommand("modify").parameter(p.parameter, p.value, p.method)
}

func (p *plan) attach() *command {
	if p.cluster() {
		return aws(p.service, "modify-db-cluster").arg("--db-cluster-identifier", p.res.ID).
			arg("--db-cluster-parameter-group-name", p.group)
	}
	return aws(p.service, "modify-db-instance").arg("--db-instance-identifier", p.res.ID).
		arg("--db-parameter-group-name", p.group)
}

// wait waits until the resource can be rebooted. DocumentDB's command line
// waits for instances only, so there is nothing to wait for without members.
func (p *plan) wait() *command {
	if p.cluster() && p.service == "rds" {
		return aws("rds", "wait db-cluster-available").arg("--db-cluster-identifier", p.res.ID)
	}
	if !p.cluster() {
		return p.waitInstance(p.res.ID)
	}
	if members := p.members(); len(members) > 0 {
		return p.waitInstance(members[0])
	}
	return nil
}

func (p *plan) waitInstance(id string) *command {
	return aws(p.service, "wait db-instance-available").arg("--db-instance-identifier", id)
}

// members lists the members, the writer first: it applies the cluster's group.
func (p *plan) members() []string {
	var writers, readers []string
	for _, m := range p.res.Members {
		if m.Writer {
			writers = append(writers, m.ID)
		} else {
			readers = append(readers, m.ID)
		}
	}
	return append(writers, readers...)
}

// reboots returns the reboots and a wait after each: Aurora members are rebooted
// one by one, because RebootDBCluster is only for Multi-AZ DB clusters.
func (p *plan) reboots() []*command {
	if p.multiAZ() {
		return []*command{aws("rds", "reboot-db-cluster").arg("--db-cluster-identifier", p.res.ID), p.wait()}
	}
	ids := []string{p.res.ID}
	if p.cluster() {
		ids = p.members()
	}
	var commands []*command
	for _, id := range ids {
		commands = append(commands,
			aws(p.service, "reboot-db-instance").arg("--db-instance-identifier", id), p.waitInstance(id))
	}
	return commands
}

func (p *plan) rebootStep() string {
	switch {
	case p.multiAZ():
		return "Reboot the cluster. Connections are interrupted."
	case p.cluster() && len(p.res.Members) == 0:
		return "If the cluster gets members later, reboot them."
	case p.cluster():
		return "Reboot the members one by one, the writer first. Connections to each are interrupted."
	}
	return "Reboot the instance. Connections are interrupted."
}
