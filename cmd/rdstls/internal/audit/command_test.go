package audit

import (
	"strings"
	"testing"
)

// TestHostileNames checks that a name that no AWS resource can have, from a
// snapshot for example, never reaches a command or Terraform.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"a'; touch canary; '", "a$(canary)", "a b", "-canary", "a\ncanary", "a`canary`", "\u202ecanary", "a\"canary", ""} {
		for _, res := range []Resource{
			{Kind: Instance, ID: name, Engine: "postgres", Version: "14.1", Group: Group{Name: "default.postgres14"}},
			{Kind: Instance, ID: "orders", Engine: "postgres", Version: "14.1", Group: Group{Name: name}},
			{Kind: Instance, ID: "orders", Engine: "postgres", Version: "14.1", Group: Group{Name: "default." + name}},
			{Kind: Proxy, ID: name, Proxy: &ProxyFacts{}},
		} {
			res.Parameter = Parameter{Presence: HasValue, Value: "0"}
			for _, f := range Judge(&Region{Name: "eu-west-1", Resources: []Resource{res}},
				Options{Checks: []Check{CheckEnforcement, CheckProxyTLS}, Now: now}) {
				if f.Remedy == nil {
					continue
				}
				if text := strings.Join(f.Remedy.Commands, "\n") + f.Remedy.Terraform; text != "" && res.Kind != Proxy {
					t.Errorf("%q: %s", name, text)
				} else if len(f.Remedy.Commands) > 0 {
					t.Errorf("%q: %s", name, f.Remedy.Commands)
				}
			}
		}
	}
}
