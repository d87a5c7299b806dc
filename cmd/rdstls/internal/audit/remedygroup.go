package audit

import (
	"fmt"
	"slices"
	"strings"
)

// defaultGroup begins the names of groups that AWS owns: they cannot be changed.
const defaultGroup = "default."

// remedyEnforce turns enforcement on: in the group that is attached, or in a
// new one in place of a default group.
func remedyEnforce(r *Region, res *Resource, rule Rule, status string) *Remedy {
	p := planFor(r, res, rule)
	remedy := &Remedy{Steps: []string{findClients(res)}}
	if res.Group.Name == "" {
		remedy.Steps = append(remedy.Steps, "The API names no parameter group: look at the database in the console.")
		return remedy
	}
	var commands []*command
	if p.fresh {
		remedy.Steps = append(remedy.Steps, fmt.Sprintf(
			"The group %s belongs to AWS and cannot be changed. Create the group %s, set %s to %s there, attach it, and reboot.",
			res.Group.Name, p.group, rule.Parameter, p.value))
		commands = append(commands, p.create(), p.modify(), p.attach(), p.wait())
	} else {
		if others := sharers(r, res); len(others) > 0 {
			remedy.Steps = append(remedy.Steps, fmt.Sprintf("The group %s is shared: the change also applies to %s (after a reboot, if the parameter is static). Check their clients too.",
				p.group, strings.Join(others, ", ")))
		}
		remedy.Steps = append(remedy.Steps, fmt.Sprintf("Set %s to %s in the group %s.", rule.Parameter, p.value, p.group))
		commands = append(commands, p.modify(), p.wait())
	}
	if p.fresh || !res.Parameter.Dynamic || needsReboot(res, status) {
		commands = append(commands, p.reboots()...)
		remedy.Steps = append(remedy.Steps, p.rebootStep())
	}
	remedy.Steps = append(remedy.Steps, "Run the audit again. Only new connections are refused: existing ones stay open.")
	remedy.Commands = script(r.Name, commands...)
	if remedy.Commands != nil {
		remedy.Terraform = p.terraform()
	}
	return remedy
}

// needsReboot reports whether the group waits for a reboot for another reason:
// RDS says so of the whole group, and the audit would say pending.
func needsReboot(res *Resource, status string) bool {
	return len(res.Group.States) > 0 && status != "in-sync" && status != "applying"
}

// remedyApply brings a value that is set into force.
func remedyApply(r *Region, res *Resource, status string) *Remedy {
	p := planFor(r, res, EngineRule(res.Engine, res.Version))
	remedy := &Remedy{Steps: []string{findClients(res)}}
	switch status {
	case "applying":
		remedy.Steps = append(remedy.Steps, "RDS is applying the group. Wait, then run the audit again.")
		remedy.Commands = script(r.Name, p.wait())
	case "pending-database-upgrade":
		remedy.Steps = append(remedy.Steps, "RDS applies the group with the next database upgrade. Upgrade the engine, then run the audit again.")
	default:
		remedy.Steps = append(remedy.Steps, p.rebootStep())
		remedy.Commands = script(r.Name, append([]*command{p.wait()}, p.reboots()...)...)
	}
	return remedy
}

// remedyMissing is for a group that lacks the parameter: nothing can be set.
func remedyMissing(res *Resource, rule Rule) *Remedy {
	return &Remedy{Steps: append([]string{
		findClients(res),
		"The group " + res.Group.Name + " has no " + rule.Parameter + ", so there is nothing to set. " +
			"Upgrade the engine to a version that has it, then run the audit again.",
	}, requireSSL(res)...)}
}

// remedyCannot is for engine versions without any such parameter.
func remedyCannot(res *Resource) *Remedy {
	return &Remedy{Steps: append(append([]string{findClients(res)}, requireSSL(res)...),
		"Upgrade the engine to a version that can refuse clients without TLS, then run the audit again.")}
}

func requireSSL(res *Resource) []string {
	if res.Engine == "postgres" || strings.HasPrefix(res.Engine, "aurora-postgresql") || strings.HasPrefix(res.Engine, "sqlserver-") {
		return nil
	}
	return []string{"Until then, demand TLS of each account: ALTER USER 'app'@'%' REQUIRE SSL. 'rdstls sessions' lists the accounts."}
}

// sharers names the other resources that a change of the group applies to.
func sharers(r *Region, res *Resource) []string {
	var others []string
	for _, other := range r.Resources {
		same := other.Kind == res.Kind && other.Group.Name == res.Group.Name
		if same && other.Cluster == "" && other.ID != res.ID {
			others = append(others, string(other.Kind)+" "+other.ID)
		}
	}
	slices.Sort(others)
	return others
}
