package endtoend

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/rdstls/go/cmd/rdstls/internal/audit/fakerds"
)

// profiles writes an AWS configuration with one profile for each fake, and
// returns the environment for it.
func profiles(t *testing.T, servers map[string]*fakerds.Server) []string {
	t.Helper()
	var file strings.Builder
	for name, s := range servers {
		fmt.Fprintf(&file, "[profile %s]\nregion = %s\nendpoint_url = %s\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n"+
			"aws_secret_access_key = canary-secret-key\nmax_attempts = 2\n", name, region, s.URL)
	}
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return []string{"AWS_CONFIG_FILE=" + path, "AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true"}
}

// TestProfiles checks an audit of several accounts: each finding is of its own
// account, credentials that are refused are a failed Region, and a snapshot of
// it gives the same report.
func TestProfiles(t *testing.T) {
	t.Parallel()
	staging := oneGood(region)
	staging.Instance(region, "off", "postgres", "14.12", "pg-off", "in-sync")
	for i := range staging.Instances {
		arn := strings.ReplaceAll(*staging.Instances[i].DBInstanceArn, fakerds.Account, "210987654321")
		staging.Instances[i].DBInstanceArn = aws.String(arn)
	}
	one := fakerds.New(t, map[string]*fakerds.State{region: oneGood(region)})
	env := profiles(t, map[string]*fakerds.Server{
		"prod": one, "same/account": one, "staging": fakerds.New(t, map[string]*fakerds.State{region: staging}), "revoked": fakerds.New(t, nil),
	})
	dir := filepath.Join(t.TempDir(), "saved")
	args := []string{"audit", "--format", "json"}
	code, live, stderr := run(t, env, append(args, "--profile", "prod", "--profile", "staging", "--profile", "revoked", "--profile", "same/account", "--save", dir)...)
	doc := decode(t, live, stderr)
	if code != 1 || !slices.Equal(doc.Accounts, []string{fakerds.Account, "210987654321"}) || !doc.Incomplete || len(doc.Regions) != 3 {
		t.Errorf("exit code %d, accounts %q, incomplete %v, Regions %+v", code, doc.Accounts, doc.Incomplete, doc.Regions)
	}
	count := map[string]int{}
	for _, f := range doc.Findings {
		count[f.Account+" "+f.Check]++
		if !strings.Contains(f.ARN, f.Account) {
			t.Errorf("%s of account %s: %s", f.ID, f.Account, f.ARN)
		}
	}
	if count[fakerds.Account+" enforcement"] != 1 || count["210987654321 enforcement"] != 2 {
		t.Errorf("findings: %v", count)
	}
	for _, r := range doc.Regions {
		if refused := strings.Contains(r.Why, "InvalidClientTokenId"); refused != (r.Account == "") || refused != (r.Status == "failed") {
			t.Errorf("Region %+v", r)
		}
	}
	again, offline, _ := run(t, nil, append(args, "--snapshot", dir)...)
	if saved := decode(t, offline, ""); again != code || saved.Summary["pass"] != doc.Summary["pass"] || saved.Summary["fail"] != doc.Summary["fail"] ||
		!slices.Equal(saved.Accounts, doc.Accounts) || len(saved.Regions) != len(doc.Regions) {
		t.Errorf("the snapshot: exit code %d\n%s\nlive:\n%s", again, offline, live)
	}
	if code, stdout, stderr := run(t, env, "audit", "--profile", "canary-message"); code != 3 || stdout != "" || !strings.Contains(stderr, "profile") {
		t.Errorf("a profile that does not exist: exit code %d\n%s%s", code, stdout, stderr)
	}
}
