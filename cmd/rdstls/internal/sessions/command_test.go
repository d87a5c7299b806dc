package sessions_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rdstls/go/cmd/rdstls/internal/cli"
	"github.com/rdstls/go/cmd/rdstls/internal/sessions"
	"github.com/rdstls/go/cmd/rdstls/internal/testschema"
	"github.com/rdstls/go/internal/dbservers"
)

// command runs rdstls sessions with a connection string in DATABASE_URL.
func command(t *testing.T, connString string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, sessions.CA.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	return commandLine(t, connString, append([]string{"--roots", roots}, args...)...)
}

// commandLine is command with the embedded roots.
func commandLine(t *testing.T, connString string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = cli.Main(t.Context(), cli.Env{
		Args:   append([]string{"sessions", "--dsn-env", "DATABASE_URL"}, args...),
		Stdout: &out, Stderr: &errs, Now: time.Now,
		Getenv: func(name string) string { return map[string]string{"DATABASE_URL": connString}[name] },
	})
	if strings.Contains(out.String()+errs.String(), sessions.Canary) {
		t.Errorf("the output holds the password:\n%s%s", out.String(), errs.String())
	}
	return code, out.String(), errs.String()
}

// TestCommand checks the exit codes of the command line on real servers, and
// that no output holds the password.
func TestCommand(t *testing.T) {
	t.Parallel()
	sessions.Servers.Each(t, func(t *testing.T, s *dbservers.Server) {
		_, text := sessions.ConnString(s, "blind")
		if code, _, stderr := command(t, text, "--server-name", sessions.Endpoint); code != 3 {
			t.Errorf("a role without rights: exit code %d, %s", code, stderr)
		}
		if code, stdout, stderr := command(t, text, "--server-name", sessions.Endpoint, "--format", "csv"); code != 3 || !strings.Contains(stderr, "GRANT ") || strings.Contains(stdout, "GRANT ") {
			t.Errorf("csv of a role without rights: exit code %d\n%s%s", code, stdout, stderr)
		}
		_, text = sessions.ConnString(s, "seer")
		sessions.Client(t, s, false)
		for _, format := range []string{"text", "csv", "json"} {
			code, stdout, stderr := command(t, text, "--server-name", sessions.Endpoint, "--format", format)
			if code != 1 || !strings.Contains(stdout, "127.0.0.9") {
				t.Errorf("%s: exit code %d\n%s%s", format, code, stdout, stderr)
			}
			if format == "json" {
				testschema.Validate(t, "sessions", []byte(stdout))
				var doc sessions.Document
				if err := json.Unmarshal([]byte(stdout), &doc); err != nil || doc.Server.Endpoint != sessions.Endpoint {
					t.Errorf("%v: %s", err, stdout)
				}
			}
		}
		code, stdout, stderr := command(t, text, "--server-name", "billing.c9akciq32xyz.eu-west-1.rds.amazonaws.com")
		if code != 3 || stdout != "" || !strings.Contains(stderr, "(name)") {
			t.Errorf("a server with another name: exit code %d\n%s%s", code, stdout, stderr)
		}
	})
}

// TestCommandUsage checks that a connection string that is refused is not
// repeated.
func TestCommandUsage(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "mysql://u:" + sessions.Canary + "@h/d", "postgres://u:" + sessions.Canary + "@h:port/d", "u:" + sessions.Canary + "@tcp(h:3306/d",
		"postgres://u:" + sessions.Canary + "@orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com/d?sslmode=disable",
		"postgres://u:" + sessions.Canary + "@orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com,billing.c9akciq32xyz.eu-west-1.rds.amazonaws.com/d",
	} {
		if code, stdout, stderr := command(t, text); code != 2 || stdout != "" || stderr == "" {
			t.Errorf("%q: exit code %d\n%s%s", text, code, stdout, stderr)
		}
	}
}

// TestAliasNamesTheFlag checks that the error for an alias names the flag that
// helps, and not the field of the library.
func TestAliasNamesTheFlag(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"postgres://u:" + sessions.Canary + "@localhost/d", "u:" + sessions.Canary + "@tcp(localhost:3306)/d"} {
		if code, _, stderr := commandLine(t, text); code != 2 || !strings.Contains(stderr, "set --server-name") || strings.Contains(stderr, "Options.") {
			t.Errorf("exit code %d, %s", code, stderr)
		}
	}
}

// TestForNeedsWatch checks that --for without --watch is an error: one sample is
// not an hour of them.
func TestForNeedsWatch(t *testing.T) {
	t.Parallel()
	text := "postgres://u:" + sessions.Canary + "@orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com/d"
	for _, args := range [][]string{{"--for", "1h"}, {"--for=0s"}, {"--watch=-1s"}, {"--watch=1s", "--for=-1s"}} {
		if code, _, stderr := command(t, text, args...); code != 2 || !strings.Contains(stderr, "--watch") {
			t.Errorf("%q: exit code %d, %s", args, code, stderr)
		}
	}
}
