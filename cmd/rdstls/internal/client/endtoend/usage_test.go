//go:build unix

package endtoend

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/internal/exampledb"
)

// TestUsageErrors checks that everything that is wrong with the arguments is found
// before AWS is asked for credentials and before a file is written, and that no
// error repeats an argument.
func TestUsageErrors(t *testing.T) {
	t.Parallel()
	const ep = exampledb.Endpoint
	for name, tt := range map[string]struct {
		args string // separated by |
		want string
	}{
		"no-dash":          {"exec|" + ep + "|psql", "then --"},
		"no-program":       {"exec|" + ep + "|--", "then --"},
		"no-endpoint":      {"exec|--|psql|" + canary, "then --"},
		"two-endpoints":    {"exec|" + ep + "|" + canary + "|--|psql", "then --"},
		"not-endpoint":     {"exec|" + canary + "|--|psql", "ENDPOINT must be"},
		"address":          {"exec|10.0.0.1|--|psql", "ENDPOINT must be"},
		"port":             {"exec|" + ep + ":" + canary + "|--|psql", "port"},
		"url":              {"exec|https://evil/" + canary + "|--|psql", "ENDPOINT"},
		"region":           {"exec|orders.c9akciq32.xx-west-1.rds.amazonaws.com|--|psql", "ENDPOINT"},
		"china":            {"exec|orders.c9akciq32.rds.cn-north-1.amazonaws.com.cn|--|psql", "no CAs"},
		"via-mariadb":      {"exec|--via|localhost:1|" + ep + "|--|mariadb", "--via"},
		"via-form":         {"exec|--via|" + canary + "|" + ep + "|--|psql", "HOST:PORT"},
		"via-port":         {"exec|--via|localhost:" + canary + "|" + ep + "|--|psql", "HOST:PORT"},
		"roots-missing":    {"exec|--roots|/" + canary + "|" + ep + "|--|psql", "--roots"},
		"roots-content":    {"exec|--roots|/etc/passwd|" + ep + "|--|psql", "--roots"},
		"no-user":          {"exec|--iam|" + ep + "|--|psql", "--user"},
		"iam-global":       {"exec|--iam|--user=a|g.global-c9akciq32.global.rds.amazonaws.com|--|psql", "the writer's Region"},
		"user-control":     {"exec|--user=a\n" + canary + "|" + ep + "|--|psql", "control character"},
		"database-string":  {"exec|--database=dbname=" + canary + "|" + ep + "|--|psql", "looks like a connection string"},
		"database-setting": {"exec|--database=gssencmode=" + canary + "|" + ep + "|--|psql", "connection string; give a name"},
		"argument-host":    {"exec|" + ep + "|--|psql|-h|" + canary, "sets the host"},
		"argument-url":     {"exec|" + ep + "|--|psql|postgres://app:" + canary + "@db/x", "sets the host"},
		"argument-tls":     {"exec|" + ep + "|--|psql|dbname=x sslmode=" + canary, "TLS"},
		"argument-mysql":   {"exec|" + ep + "|--|mariadb|--skip-ssl", "TLS"},
		"argument-file":    {"exec|" + ep + "|--|mariadb|--defaults-file=" + canary, "option files"},
		"argument-secret":  {"exec|" + ep + "|--|mariadb|-p" + canary, "password"},
		"flag":             {"exec|--" + canary + "|" + ep + "|--|psql", "flag"},
		"env-no-file":      {"env|" + ep, "--roots-file"},
		"env-not-endpoint": {"env|--roots-file=f|" + canary, "ENDPOINT must be"},
		"env-directory":    {"env|--roots-file=/|" + ep, "--roots-file"},
		"env-unwritable":   {"env|--roots-file=/nowhere/" + canary + "|" + ep, "--roots-file"},
		"token-no-user":    {"token|" + ep, "--user"},
		"token-alias":      {"token|--user=a|" + canary, "ENDPOINT must be"},
		"token-region":     {"token|--user=a|--region=" + canary + "/|" + ep, "Region is malformed"},
		"token-port":       {"token|--user=a|" + ep + ":0", "port"},
		"token-string":     {"token|--user=a|postgres://app:" + canary + "@db/x", "connection string"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMachine(t)
			asked := m.useAWS(t, time.Hour)
			args := strings.Split(tt.args, "|")
			if args[0] == "exec" && name != "no-user" && !strings.Contains(tt.args, "--iam") {
				args = append([]string{"exec", "--iam"}, args[1:]...)
				if !strings.Contains(tt.args, "--user") {
					args = append([]string{"exec", "--user=app"}, args[1:]...)
				}
			}
			code, stdout, stderr := m.run(t, args...)
			if code != 2 || stdout != "" || !strings.Contains(stderr, tt.want) {
				t.Errorf("exit code %d, %s%s", code, stdout, stderr)
			}
			if _, err := os.Stat(asked); err == nil {
				t.Error("AWS was asked for credentials")
			}
		})
	}
}
