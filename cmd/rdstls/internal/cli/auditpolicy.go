package cli

import "github.com/rdstls/go/cmd/rdstls/internal/audit/collect"

// A policyDocument is an IAM policy.
type policyDocument struct {
	Version   string
	Statement []policyStatement
}

type policyStatement struct {
	Sid, Effect string
	Action      []string
	Resource    string
}

// iamPolicy is the policy that audit needs: the actions that package collect
// knows, which are all it can call.
func iamPolicy() policyDocument {
	s := policyStatement{Sid: "RdstlsAudit", Effect: "Allow", Resource: "*"}
	for _, action := range collect.Actions() {
		s.Action = append(s.Action, "rds:"+string(action))
	}
	return policyDocument{Version: "2012-10-17", Statement: []policyStatement{s}}
}
