package endtoend

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/audit/collect"
	"github.com/rdstls/go/cmd/rdstls/internal/audit/fakerds"
)

// TestSecurityHub checks that --security-hub judges what the controls evaluate,
// as they do, and nothing else.
func TestSecurityHub(t *testing.T) {
	t.Parallel()
	state, _ := fleet(region)
	s := fakerds.New(t, map[string]*fakerds.State{region: state})
	code, doc := auditJSON(t, s, "--security-hub")
	want := map[string]string{
		"on": "RDS.38 pass", "pending": "RDS.38 fail", "applying": "RDS.38 fail", "broken": "RDS.38 fail", "mssql": "RDS.41 fail",
		"mariadb": "RDS.44 fail", "old-mysql": "RDS.39 fail", "no-group": "RDS.38 unknown", "docs": "DocumentDB.6 fail", "open-proxy": "RDS.43 fail",
		"tls-proxy": "RDS.43 pass", "aurora": " not-applicable", "multi-az": " not-applicable", "oracle": " not-applicable", "aurora-1": " not-applicable",
	}
	for _, f := range doc.Findings {
		if got := f.Control + " " + f.Verdict; want[f.ID] != "" && got != want[f.ID] {
			t.Errorf("%s: %s, want %s (%s)", f.ID, got, want[f.ID], f.Why)
		}
		delete(want, f.ID)
		if (f.Control == "") != (f.Verdict == "not-applicable") || f.Check == "certificate" {
			t.Errorf("%s %s: control %q, %s", f.Check, f.ID, f.Control, f.Verdict)
		}
		if bad := f.Verdict != "pass" && f.Verdict != "not-applicable"; bad != (f.Severity == "medium") {
			t.Errorf("%s: %s is %q", f.ID, f.Verdict, f.Severity)
		}
	}
	if code != 1 || len(want) > 0 {
		t.Errorf("exit code %d, without findings: %v", code, want)
	}
}

// TestClients checks --clients with the files that 'rdstls bundle pem' prints: the
// Region's own keeps clients working, another Region's does not.
func TestClients(t *testing.T) {
	t.Parallel()
	state := oneGood(region)
	state.Proxy(region, "pool", true)
	s := fakerds.New(t, map[string]*fakerds.State{region: state})
	files := map[string]string{}
	for _, name := range []string{region, "eu-west-2", "proxy"} {
		code, pem, stderr := run(t, nil, "bundle", "pem", name)
		if code != 0 {
			t.Fatalf("bundle pem %s: %s", name, stderr)
		}
		files[name] = "A comment, as clients allow it.\n" + pem
	}
	files["both"] = files[region] + files["proxy"]
	for name, want := range map[string][3]string{ // exit code, database, proxy
		"both": {"0", "pass", "pass"}, region: {"1", "pass", "fail"}, "proxy": {"1", "fail", "pass"}, "eu-west-2": {"1", "fail", "fail"},
	} {
		path := filepath.Join(t.TempDir(), "clients.pem")
		if err := os.WriteFile(path, []byte(files[name]), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"--clients", path}, {"--check", "clients", "--clients", path}} {
			code, doc := auditJSON(t, s, args...)
			db, _, _ := strings.Cut(verdict(doc, "clients", "on-"+region), ":")
			proxy, _, _ := strings.Cut(verdict(doc, "clients", "pool"), ":")
			if got := [3]string{string(rune('0' + code)), db, proxy}; got != want {
				t.Errorf("%s, %q: %q, want %q", name, args[0], got, want)
			}
			if others := verdict(doc, "certificate", "on-"+region); (args[0] == "--clients") == (others == "absent") {
				t.Errorf("%q: the certificate is %s", args, others)
			}
		}
	}
	path := filepath.Join(t.TempDir(), "none.pem")
	if err := os.WriteFile(path, []byte("canary-message"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := run(t, s.Environment(region), "audit", "--clients", path); code != 2 || stdout != "" || !strings.Contains(stderr, "no certificate") {
		t.Errorf("a file without certificates: exit code %d, %s", code, stderr)
	}
}

// TestPolicy checks that --policy lists every action that an audit calls and no
// other, that it calls nothing and writes nothing, and that --save does not go
// together with --snapshot.
func TestPolicy(t *testing.T) {
	t.Parallel()
	state, _ := fleet(region)
	s := fakerds.New(t, map[string]*fakerds.State{region: state})
	dir := filepath.Join(t.TempDir(), "saved")
	for _, args := range [][]string{nil, {"--save", dir}, {"--snapshot", dir}, {"--snapshot", dir, "--save", dir}} {
		code, stdout, stderr := run(t, s.Environment(region), append([]string{"audit", "--policy"}, args...)...)
		var policy struct {
			Version   string
			Statement []struct {
				Effect, Resource string
				Action           []string
			}
		}
		if err := json.Unmarshal([]byte(stdout), &policy); err != nil || code != 0 || len(policy.Statement) != 1 {
			t.Fatalf("%q: exit code %d, %v\n%s%s", args, code, err, stdout, stderr)
		}
		if st := policy.Statement[0]; policy.Version != "2012-10-17" || st.Effect != "Allow" || st.Resource != "*" || len(st.Action) != len(collect.Actions()) {
			t.Errorf("%q: %+v", args, policy)
		}
		if _, err := os.Stat(dir); err == nil || len(s.Calls()) > 0 {
			t.Errorf("%q wrote files (%v) or called %q", args, err, s.Calls())
		}
	}
	if code, _, _ := run(t, s.Environment(region), "audit", "--save", dir); code != 1 {
		t.Errorf("--save: exit code %d", code)
	}
	called := map[string]bool{}
	for _, call := range s.Calls() {
		called[strings.TrimPrefix(call, region+" ")] = true
	}
	for _, action := range collect.Actions() {
		if !called[string(action)] {
			t.Errorf("the policy has %s, which an audit of everything does not call", action)
		}
		delete(called, string(action))
	}
	if len(called) > 0 {
		t.Errorf("the policy lacks %v", called)
	}
	calls := len(s.Calls())
	if code, stdout, _ := run(t, s.Environment(region), "audit", "--snapshot", dir, "--save", dir+"2"); code != 2 || stdout != "" || len(s.Calls()) != calls {
		t.Errorf("--snapshot with --save: exit code %d, %s", code, stdout)
	}
	if _, err := os.Stat(dir + "2"); err == nil {
		t.Error("--snapshot with --save wrote files")
	}
	files, _ := filepath.Glob(filepath.Join(dir, region, "describe-*"))
	if !slices.Contains(files, filepath.Join(dir, region, "describe-db-instances.json")) {
		t.Errorf("--save wrote %q", files)
	}
}

// TestEngine checks that --engine also keeps the proxies that databases of the
// engine can be behind, and that CSV says what a pass does not mean on stderr.
func TestEngine(t *testing.T) {
	t.Parallel()
	state := oneGood(region)
	state.Proxy(region, "pool", true) // of the family POSTGRESQL
	s := fakerds.New(t, map[string]*fakerds.State{region: state})
	for engine, want := range map[string][2]bool{
		"postgres": {true, true}, "postgre*": {true, true}, "aurora-postgresql": {false, true}, "postgresql": {false, true}, "mysql": {false, false},
	} {
		_, doc := auditJSON(t, s, "--engine", engine)
		db, proxy := verdict(doc, "enforcement", "on-"+region) != "absent", verdict(doc, "proxy-tls", "pool") != "absent"
		if got := [2]bool{db, proxy}; got != want {
			t.Errorf("--engine %s: database %v, proxy %v", engine, db, proxy)
		}
	}
	_, stdout, stderr := run(t, s.Environment(region), "audit", "--format", "csv")
	if footer := "It does not mean that clients verify the server"; !strings.Contains(stderr, footer) || strings.Contains(stdout, footer) {
		t.Errorf("csv:\n%s%s", stdout, stderr)
	}
}
