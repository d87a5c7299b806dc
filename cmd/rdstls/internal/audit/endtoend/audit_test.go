package endtoend

import (
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/audit/fakerds"
)

// TestFleet checks every verdict on a fleet that comes in many pages.
func TestFleet(t *testing.T) {
	t.Parallel()
	state, want := fleet(region)
	s := fakerds.New(t, map[string]*fakerds.State{region: state})
	code, doc := auditJSON(t, s)
	if code != 1 || !doc.Incomplete || doc.Partition != "aws" || len(doc.Accounts) != 1 || doc.Accounts[0] != fakerds.Account {
		t.Errorf("exit code %d, incomplete %v, partition %q, accounts %q", code, doc.Incomplete, doc.Partition, doc.Accounts)
	}
	got := map[string][2]string{}
	for _, f := range doc.Findings {
		pair := got[f.ID]
		if f.Check == "certificate" {
			pair[1] = f.Verdict
		} else {
			pair[0] = f.Verdict
		}
		got[f.ID] = pair
		if f.Region != region || !strings.HasPrefix(f.ARN, "arn:aws:rds:eu-west-1:123456789012:") {
			t.Errorf("%s: Region %q, ARN %q", f.ID, f.Region, f.ARN)
		}
	}
	for id, pair := range want {
		if got[id] != pair {
			t.Errorf("%s: %q, want %q (%s)", id, got[id], pair, verdict(doc, "enforcement", id))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d resources, want %d", len(got), len(want))
	}
	if ca := doc.DefaultCAs; len(ca) != 1 || ca[0].CA != "rds-ca-rsa2048-g1" {
		t.Errorf("default CAs: %+v", ca)
	}
}

// TestRemedies checks that every command that the audit prints works: applied to
// the fake's state, in the order of the report, it makes the audit pass.
func TestRemedies(t *testing.T) {
	t.Parallel()
	state, want := fleet(region)
	s := fakerds.New(t, map[string]*fakerds.State{region: state})
	_, doc := auditJSON(t, s, "--check", "enforcement,proxy-tls,certificate,iam", "--require-iam")
	fixed := map[string]bool{}
	for _, f := range doc.Findings {
		if f.Remedy == nil || len(f.Remedy.Commands) == 0 {
			continue
		}
		fixed[f.Check+" "+f.ID] = true
		for _, command := range f.Remedy.Commands {
			if strings.Contains(command, "no-certificate-rotation-restart") ||
				strings.Contains(command, "--apply-immediately") && !strings.Contains(command, "--ca-certificate-identifier") {
				t.Errorf("%s: %s", f.ID, command)
			}
			if err := s.Apply(command); err != nil {
				t.Errorf("%s %s: %v", f.Check, f.ID, err)
			}
		}
	}
	_, doc = auditJSON(t, s, "--check", "enforcement,proxy-tls,certificate,iam", "--require-iam")
	for _, f := range doc.Findings {
		if fixed[f.Check+" "+f.ID] && f.Verdict != "pass" {
			t.Errorf("%s %s is %s after its remedy: %s", f.Check, f.ID, f.Verdict, f.Why)
		}
	}
	// Without a command: what the API cannot change.
	without := map[string]bool{"old-mysql": true, "lacks": true}
	for id, pair := range want {
		repairable := pair[0] == "fail" || pair[0] == "pending"
		if repairable && !without[id] && !fixed["enforcement "+id] && !fixed["proxy-tls "+id] {
			t.Errorf("%s has no remedy with commands", id)
		}
	}
}

// TestSharedGroup checks that a remedy names who else a change applies to, and
// that a default group gets a new group in its place.
func TestSharedGroup(t *testing.T) {
	t.Parallel()
	state, _ := fleet(region)
	s := fakerds.New(t, map[string]*fakerds.State{region: state})
	_, doc := auditJSON(t, s, "--check", "enforcement", "--id", "off-*")
	if len(doc.Findings) != 3 {
		t.Fatalf("%d findings, want 3", len(doc.Findings))
	}
	for _, f := range doc.Findings {
		steps, commands := strings.Join(f.Remedy.Steps, "\n"), strings.Join(f.Remedy.Commands, "\n")
		if !strings.HasPrefix(steps, "Run 'rdstls sessions") {
			t.Errorf("%s: the first step is %q", f.ID, f.Remedy.Steps[0])
		}
		switch f.ID {
		case "off-custom":
			if !strings.Contains(steps, "instance off-sharer") || strings.Contains(commands, "create-db") {
				t.Errorf("%s: %s\n%s", f.ID, steps, commands)
			}
		case "off-default":
			if !strings.Contains(commands, "create-db-parameter-group --db-parameter-group-name 'off-default-require-tls'") {
				t.Errorf("%s: %s", f.ID, commands)
			}
			if f.Severity != "critical" {
				t.Errorf("a public database that accepts plaintext is %s", f.Severity)
			}
		}
	}
}

// TestEmptyAccount checks that nothing to judge is not good.
func TestEmptyAccount(t *testing.T) {
	t.Parallel()
	s := fakerds.New(t, map[string]*fakerds.State{region: fakerds.NewState()})
	code, stdout, stderr := run(t, s.Environment(region), "audit")
	if code != 3 || !strings.Contains(stderr, "nothing to judge") || !strings.Contains(stdout, "eu-west-1: audited") {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if code, doc := auditJSON(t, s, "--allow-empty"); code != 0 || doc.Incomplete {
		t.Errorf("--allow-empty: exit code %d, incomplete %v", code, doc.Incomplete)
	}
	state, _ := fleet(region)
	s = fakerds.New(t, map[string]*fakerds.State{region: state})
	for id, want := range map[string]int{"none-*": 3, "graph": 3, "on": 0, "off-custom": 1, "new-version": 3} {
		if code, _ := auditJSON(t, s, "--check", "enforcement", "--id", id); code != want {
			t.Errorf("--id %s: exit code %d, want %d", id, code, want)
		}
	}
	if code, _ := auditJSON(t, s, "--exit-zero"); code != 0 {
		t.Errorf("--exit-zero beside unknowns: exit code %d", code)
	}
}
