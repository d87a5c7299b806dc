package sessions_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdstls/go/cmd/rdstls/internal/sessions"
	"github.com/rdstls/go/internal/exampledb"
)

// useAWS gives the AWS SDK of this process the credentials of the stand-in for
// IAM, and nothing else.
func useAWS(t *testing.T) {
	t.Helper()
	c, err := exampledb.AWSConfig().Credentials.Retrieve(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": c.AccessKeyID, "AWS_SECRET_ACCESS_KEY": c.SecretAccessKey, "AWS_SESSION_TOKEN": c.SessionToken,
		"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "AWS_EC2_METADATA_DISABLED": "true", "AWS_PROFILE": "",
	} {
		t.Setenv(name, value)
	}
}

// logIn runs the command with --iam against a server that checks tokens as RDS does.
func logIn(t *testing.T, s *exampledb.IAMServer) (code int, stdout, stderr string) {
	t.Helper()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, exampledb.Authority().PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr = command(t, s.ConnString, "--iam", "--roots", roots, "--server-name", s.Verifier.Endpoint)
	if all := stdout + stderr; strings.Contains(all, "X-Amz-") || strings.Contains(all, "session+token") {
		t.Errorf("the output holds a token or credentials:\n%s", all)
	}
	return code, stdout, stderr
}

// TestIAM checks that --iam logs in with a token for the endpoint, through another
// address. The built-in servers answer no question after the login, so the exit
// code is 3; it is so on the real ones, because the user may not see others.
func TestIAM(t *testing.T) {
	useAWS(t)
	exampledb.EachPostgresIAM(t, func(t *testing.T, s *exampledb.IAMServer) {
		code, stdout, stderr := logIn(t, s)
		if code != 3 || len(s.Verifier.Accepted()) != 1 {
			t.Errorf("exit code %d, %d tokens accepted\n%s%s", code, len(s.Verifier.Accepted()), stdout, stderr)
		}
		if builtIn := strings.HasSuffix(t.Name(), "/built-in"); !builtIn && !strings.Contains(stdout, "GRANT pg_monitor TO iam_app") {
			t.Errorf("no report:\n%s%s", stdout, stderr)
		}
	})
	s := exampledb.MySQLIAM(t)
	if code, stdout, stderr := logIn(t, s); code != 3 || len(s.Verifier.Accepted()) != 1 {
		t.Errorf("MySQL: exit code %d, %d tokens accepted\n%s%s", code, len(s.Verifier.Accepted()), stdout, stderr)
	}
}

// TestIAMRefused checks the exit code for credentials that are missing, and for a
// token that the server refuses.
func TestIAMRefused(t *testing.T) {
	useAWS(t)
	s := exampledb.MySQLIAM(t)
	t.Setenv("AWS_SECRET_ACCESS_KEY", "wrong-"+sessions.Canary)
	if code, stdout, stderr := logIn(t, s); code != 3 || stdout != "" || len(s.Verifier.Accepted()) != 0 {
		t.Errorf("wrong credentials: exit code %d\n%s%s", code, stdout, stderr)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	if code, stdout, stderr := logIn(t, s); code != 3 || stdout != "" || !strings.Contains(stderr, "AWS") {
		t.Errorf("no credentials: exit code %d\n%s%s", code, stdout, stderr)
	}
}
