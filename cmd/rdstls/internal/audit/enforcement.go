package audit

import (
	"fmt"
	"strings"
)

func judgeEnforcement(f *Finding, r *Region, res *Resource, opts Options) {
	rule := EngineRule(res.Engine, res.Version)
	switch {
	case res.Kind == Instance && res.Cluster != "":
		f.conclude(NotApplicable, "The parameter group of the cluster decides: see cluster "+res.Cluster+".")
	case rule.cannot:
		f.Control = controlOf(rule, res)
		f.conclude(Fail, rule.Why+".")
		f.Remedy = remedyCannot(res)
	case rule.Parameter == "":
		f.conclude(NotApplicable, rule.Why)
	case res.Unread != nil:
		f.Parameter = rule.Parameter
		f.conclude(Unknown, "The cluster could not be read: "+res.Unread.String()+".")
	default:
		f.Parameter, f.Control = rule.Parameter, controlOf(rule, res)
		judgeParameter(f, rule, r, res, opts)
	}
}

// controlOf returns the Security Hub control that evaluates the resource: the
// RDS controls look at instances outside of clusters, DocumentDB's at clusters.
func controlOf(rule Rule, res *Resource) string {
	if (res.Kind == Cluster) == (res.Engine == "docdb") {
		return rule.control
	}
	return ""
}

func judgeParameter(f *Finding, rule Rule, r *Region, res *Resource, opts Options) {
	p := &res.Parameter
	f.Value, f.Source, f.Group = p.Value, p.Source, res.Group.Name
	state, status, members := groupApplied(res.Group.States)
	f.Status = status
	switch p.Presence {
	case NotRead:
		f.conclude(Unknown, fmt.Sprintf("%s could not be read: %s.", rule.Parameter, p.Gap))
		return
	case NotPresent:
		judgeMissing(f, rule, res)
		return
	case NoValue, HasValue:
	}
	switch current(rule, p, opts) {
	case on:
		judgeOn(f, r, res, state, status, members, opts)
	case off:
		f.conclude(Fail, offReason(rule, p, opts))
		f.note(upgradeNote(rule, p))
		f.Remedy = remedyEnforce(r, res, rule, status)
	case unclear:
		f.conclude(Unknown, unclearReason(rule, p))
	}
}

// current returns what the parameter means for new connections.
func current(rule Rule, p *Parameter, opts Options) setting {
	switch {
	case rule.Parameter == documentDBTLS && opts.SecurityHub:
		return hubReadDocumentDB(p.Value) // without a value it is enabled, which the control refuses
	case p.Presence == NoValue:
		return rule.standard
	case rule.Parameter == documentDBTLS:
		return readDocumentDB(p.Value)
	}
	return read(p.Value)
}

// judgeMissing judges a group that does not have the parameter, even when all of
// it was read. That is never a pass.
func judgeMissing(f *Finding, rule Rule, res *Resource) {
	missing := fmt.Sprintf("The group %s does not have %s", res.Group.Name, rule.Parameter)
	switch rule.standard {
	case off:
		f.conclude(Fail, missing+", and "+rule.label+" accepts clients without TLS unless it is set.")
		f.note(upgradeNote(rule, &res.Parameter))
		f.Remedy = remedyMissing(res, rule)
	case on, unclear:
		f.conclude(Unknown, missing+", so the RDS API does not show whether clients need TLS.")
	}
}

func judgeOn(f *Finding, r *Region, res *Resource, state applied, status string, members []string, opts Options) {
	what := res.Parameter.describe(f.Parameter)
	where := ""
	if res.Kind == Cluster {
		where = " on " + strings.Join(members, ", ")
	}
	switch {
	case len(res.Group.States) == 0 && res.Kind == Cluster && !opts.SecurityHub:
		f.conclude(Pass, what+": the server refuses clients without TLS.")
		f.note("The cluster has no members, so only the value was judged.")
	case state == inForce:
		f.conclude(Pass, what+" and in force: the server refuses clients without TLS.")
	case opts.SecurityHub:
		f.conclude(Fail, what+", but the control demands a group that is in-sync, and this one is "+quoteStatus(status)+where+".")
		f.Remedy = remedyApply(r, res, status)
	case state == notYet:
		f.conclude(Pending, what+", but not proven to be in force: the group is "+quoteStatus(status)+where+".")
		f.note("The status is that of the whole group: another parameter can have caused it." + howToTell(res))
		f.Remedy = remedyApply(r, res, status)
	default:
		f.conclude(Unknown, what+", but the state of the group is "+quoteStatus(status)+where+", which proves nothing.")
		f.Remedy = remedyUnproven(res)
	}
}

// describe says what holds and why: "rds.force_ssl is 1".
func (p *Parameter) describe(name string) string {
	if p.Presence == NoValue {
		return name + " has no value, which means on for this version"
	}
	return name + " is " + p.Value
}

func quoteStatus(status string) string {
	if status == "" {
		return "not given"
	}
	return status
}

func offReason(rule Rule, p *Parameter, opts Options) string {
	if opts.SecurityHub && rule.Parameter == documentDBTLS && readDocumentDB(p.Value) != off {
		value := p.Value
		if p.Presence == NoValue {
			value = "enabled (the default)"
		}
		return "tls is " + value + ": the control accepts only " + strings.Join(hubDocumentDB, ", ") + "."
	}
	if p.Presence == NoValue {
		return fmt.Sprintf("%s has no value, and %s accepts clients without TLS by default.", rule.Parameter, rule.label)
	}
	return fmt.Sprintf("%s is %s: the server accepts clients without TLS.", rule.Parameter, p.Value)
}

func unclearReason(rule Rule, p *Parameter) string {
	if p.Presence == NoValue {
		return fmt.Sprintf("%s has no value, and this version of rdstls does not know the default of %s: update rdstls.",
			rule.Parameter, rule.label)
	}
	return fmt.Sprintf("%s is %q, which this version of rdstls does not understand.", rule.Parameter, p.Value)
}

// upgradeNote warns of an upgrade that turns enforcement on by itself: without a
// value of the customer's own, the default of the new version holds.
func upgradeNote(rule Rule, p *Parameter) string {
	if rule.next == "" || p.Presence == HasValue && p.Source == "user" {
		return ""
	}
	return "An upgrade to " + rule.next + " turns enforcement on by default. Find the clients without TLS before it."
}
