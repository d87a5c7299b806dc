package audit

import "strings"

func judgeProxy(f *Finding, r *Region, res *Resource, opts Options) {
	f.Control, f.Parameter = "RDS.43", "RequireTLS"
	f.Value = onOff(res.Proxy.RequireTLS)
	f.note("RequireTLS concerns the clients of the proxy. Security Hub's text also counts it for the connections between proxy and database.")
	if res.Proxy.RequireTLS {
		f.conclude(Pass, "RequireTLS is on: the proxy refuses clients without TLS.")
	} else {
		f.conclude(Fail, "RequireTLS is off: the proxy accepts clients without TLS.")
		f.Remedy = remedyProxy(r, res)
	}
	f.note(targetNote(r, res, opts))
}

func onOff(value bool) string {
	if value {
		return "true"
	}
	return "false"
}

// targetNote reports the verdict of the databases behind a proxy: the leg
// between proxy and database is theirs to enforce.
func targetNote(r *Region, res *Resource, opts Options) string {
	if !res.Proxy.TargetsRead {
		return "The databases behind the proxy could not be read (rds:DescribeDBProxyTargets)."
	}
	opts.SecurityHub = false
	var verdicts []string
	for _, target := range res.Proxy.Targets {
		verdict := Unknown
		for i := range r.Resources {
			if db := &r.Resources[i]; db.Kind == target.Kind && db.ID == target.ID {
				verdict = judge(CheckEnforcement, r, db, opts).Verdict
			}
		}
		verdicts = append(verdicts, string(target.Kind)+" "+target.ID+": "+string(verdict))
	}
	if len(verdicts) == 0 {
		return "The proxy has no database behind it."
	}
	return "Enforcement of the databases behind it: " + strings.Join(verdicts, ", ") + "."
}

// iamEngines support IAM database authentication.
func supportsIAM(engine string) bool {
	switch engine {
	case "postgres", "mysql", "mariadb", "aurora", "aurora-mysql", "aurora-postgresql":
		return true
	}
	return false
}

func judgeIAM(f *Finding, r *Region, res *Resource, opts Options) {
	enabled := res.IAM
	if res.Kind == Proxy {
		enabled = res.Proxy.IAM
	}
	switch {
	case res.Unread != nil:
		f.conclude(Unknown, "The cluster could not be read: "+res.Unread.String()+".")
	case res.Kind != Proxy && !supportsIAM(res.Engine):
		f.conclude(NotApplicable, "This audit knows no IAM database authentication of the engine.")
	case enabled:
		f.conclude(Pass, "IAM database authentication is on.")
	case !opts.RequireIAM:
		f.conclude(NotApplicable, "IAM database authentication is off. This is information: --require-iam makes it a finding.")
	default:
		f.conclude(Fail, "IAM database authentication is off.")
		f.Remedy = remedyIAM(r, res)
	}
}
