//go:build matrix

package endtoend

import (
	"bufio"
	"bytes"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// startMoto starts moto_server, an implementation of the AWS API that others wrote.
func startMoto(t *testing.T) string {
	t.Helper()
	moto, err := exec.LookPath("moto_server")
	if err != nil {
		t.Log("moto_server is not installed, so there is no fleet to audit")
		return ""
	}
	c := exec.CommandContext(t.Context(), moto, "-H", "127.0.0.1", "-p", "0")
	stderr, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Wait() }) // the context of the test ends it
	// It listens when it says where, and must be read until it ends.
	lines := bufio.NewScanner(stderr)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "Running on "); ok {
			go io.Copy(io.Discard, stderr) //nolint:errcheck // the end of the process ends it
			return strings.TrimSpace(url)
		}
	}
	t.Fatal("moto_server ended: ", lines.Err())
	return ""
}

// TestMatrixMoto audits a fleet in moto and runs the printed commands there. moto
// answers some actions with an internal error: what cannot be read must be
// unknown, and the rest still be judged.
func TestMatrixMoto(t *testing.T) {
	t.Parallel()
	url := startMoto(t)
	if url == "" {
		return
	}
	env := []string{
		"AWS_ENDPOINT_URL=" + url, "AWS_REGION=" + region, "AWS_DEFAULT_REGION=" + region, "AWS_ACCESS_KEY_ID=x", "AWS_SECRET_ACCESS_KEY=x",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_MAX_ATTEMPTS=1", "AWS_PAGER=", "HOME=" + t.TempDir(),
	}
	shell := func(command string) {
		c := exec.CommandContext(t.Context(), "sh", "-c", command)
		var out bytes.Buffer
		c.Env, c.Stdout, c.Stderr = append(c.Environ(), env...), &out, &out
		if err := c.Run(); err != nil {
			t.Errorf("%s: %v\n%s", command, err, out.String())
		}
	}
	shell("aws rds create-db-instance --db-instance-identifier orders --engine postgres --engine-version 14.12 " +
		"--db-instance-class db.t3.micro --allocated-storage 20 --master-username app --master-user-password canary-message")
	// The default groups of moto have no parameters.
	shell("aws rds create-db-parameter-group --db-parameter-group-name orders-pg14 --db-parameter-group-family postgres14 --description x")
	shell("aws rds modify-db-parameter-group --db-parameter-group-name orders-pg14 " +
		"--parameters ParameterName=rds.force_ssl,ParameterValue=0,ApplyMethod=immediate")
	shell("aws rds modify-db-instance --db-instance-identifier orders --db-parameter-group-name orders-pg14")
	shell("aws rds create-db-cluster --db-cluster-identifier ledger --engine aurora-postgresql --engine-version 15.4 " +
		"--master-username app --master-user-password canary-message")
	code, stdout, stderr := run(t, env, "audit", "--format", "json")
	doc := decode(t, stdout, stderr)
	if code != 1 && code != 3 {
		t.Errorf("exit code %d\n%s%s", code, stdout, stderr)
	}
	if v := verdict(doc, "enforcement", "orders"); !strings.HasPrefix(v, "fail") {
		t.Errorf("orders: %s", v)
	}
	if v := verdict(doc, "enforcement", "ledger"); strings.HasPrefix(v, "pass") || v == "absent" {
		t.Errorf("ledger: %s", v)
	}
	tried := 0
	for _, f := range doc.Findings {
		t.Log(f.Check, f.ID, f.Verdict, f.Why)
		if f.Remedy != nil {
			for _, command := range f.Remedy.Commands {
				shell(command)
				tried++
			}
		}
	}
	_, stdout, stderr = run(t, env, "audit", "--format", "json")
	doc = decode(t, stdout, stderr)
	if v := verdict(doc, "enforcement", "orders"); tried == 0 || !strings.HasPrefix(v, "pass") {
		t.Errorf("after %d commands, orders: %s", tried, v)
	}
}
