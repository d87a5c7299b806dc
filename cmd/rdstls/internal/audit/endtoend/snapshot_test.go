package endtoend

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/audit/fakerds"
)

// TestSnapshot checks that a saved audit, judged again without AWS, is the same:
// what could not be read is still not read.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	state, _ := fleet(region)
	state.Errors["DescribeDBProxyTargets"] = "AccessDenied"
	state.Errors["DescribeDBParameters/pg-on"] = "AccessDenied"
	s := fakerds.New(t, map[string]*fakerds.State{region: state})
	dir := filepath.Join(t.TempDir(), "saved")
	code, live, _ := run(t, s.Environment(region), "audit", "--format", "json", "--save", dir)
	calls := len(s.Calls())
	again, offline, stderr := run(t, s.Environment(region), "audit", "--format", "json", "--snapshot", dir)
	if code != again || live != offline {
		t.Errorf("exit codes %d and %d; the documents differ:\n%s\n%s%s", code, again, live, offline, stderr)
	}
	if len(s.Calls()) != calls {
		t.Error("--snapshot called AWS")
	}
	if code, _, _ := run(t, s.Environment(region), "audit", "--save", dir); code != 2 {
		t.Errorf("--save into a directory with files: exit code %d", code)
	}
	_ = filepath.Walk(dir, func(path string, _ os.FileInfo, _ error) error {
		if data, err := os.ReadFile(path); err == nil && strings.Contains(string(data), "canary") {
			t.Errorf("%s holds a canary", path)
		}
		return nil
	})
}

// TestBadSnapshot checks that a file that is truncated, empty, of another
// command or absent is never taken for an empty list.
func TestBadSnapshot(t *testing.T) {
	t.Parallel()
	for name, content := range map[string]string{
		"NextToken": `{"DBInstances": [], "NextToken": "x"}`, "Marker": `{"DBInstances": [], "Marker": "x"}`, "empty": "",
		"another command": `{"DBClusters": []}`, "no JSON": "An error occurred", "list": "[]", "absent": "-",
		"saved error": `{"Error": {"Code": "AccessDenied"}}`,
	} {
		state := oneGood(region)
		s := fakerds.New(t, map[string]*fakerds.State{region: state})
		dir := filepath.Join(t.TempDir(), "saved")
		run(t, s.Environment(region), "audit", "--save", dir)
		path := filepath.Join(dir, region, "describe-db-instances.json")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		if content != "-" {
			if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		code, stdout, stderr := run(t, nil, "audit", "--format", "json", "--snapshot", dir)
		doc := decode(t, stdout, stderr)
		if code != 3 || !doc.Incomplete || doc.Regions[0].Status != "failed" {
			t.Errorf("%s: exit code %d, %+v", name, code, doc.Regions)
		}
	}
	if code, stdout, stderr := run(t, nil, "audit", "--snapshot", t.TempDir()); code != 3 || stdout != "" || stderr == "" {
		t.Errorf("an empty directory: exit code %d, %s", code, stderr)
	}
}

// TestInterrupt checks that Ctrl-C ends an audit of an API that hangs within a
// second, with what is known so far.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	s := fakerds.New(t, map[string]*fakerds.State{region: oneGood(region)})
	reached := s.HangAt("DescribeDBParameters")
	out := filepath.Join(t.TempDir(), "out.json")
	c := exec.CommandContext(t.Context(), program, "audit", "--format", "json", "-o", out)
	c.Env = append(s.Environment(region), "HOME="+t.TempDir())
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	<-reached
	begin := time.Now()
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // the exit code is checked
	data, err := os.ReadFile(out)
	var doc struct{ Incomplete bool }
	if code := c.ProcessState.ExitCode(); code != 130 || err != nil || json.Unmarshal(data, &doc) != nil || !doc.Incomplete {
		t.Errorf("exit code %d, %v: %s", code, err, data)
	}
	if took := time.Since(begin); took > 5*time.Second { // a second, and a busy machine
		t.Errorf("it took %v", took)
	}
}
