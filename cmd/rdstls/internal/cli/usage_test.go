package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

const canary = "hunter2-canary"

// secretArgs are arguments that hold a secret, in the forms in which people write
// them.
var secretArgs = []string{
	"postgres://app:" + canary + "@db/orders", "postgresql://db/orders?password=" + canary, "POSTGRES://app:" + canary + "@db",
	"mysql://app:" + canary + "@db", "app:" + canary + "@tcp(db:3306)/orders", "app:" + canary + "@/orders", "app:" + canary + "@db.example.com:5432",
	"host=db password=" + canary, "password=" + canary, "Server=db;Pwd=" + canary + ";", "user=app password='" + canary + "'",
	"jdbc:postgresql://db/orders?user=app&password=" + canary, "https://app:" + canary + "@db", "mongodb+srv://app:" + canary + "@db",
	"db:5432/?Action=connect&X-Amz-Signature=" + canary, "sslpassword=" + canary, "MYSQL_PWD=" + canary,
}

// TestSecretsAreRefused checks that a connection string is refused wherever it
// stands, and never repeated.
func TestSecretsAreRefused(t *testing.T) {
	t.Parallel()
	for _, secret := range secretArgs {
		for _, args := range [][]string{
			{secret},
			{"inspect", secret},
			{"inspect", "--server-name", secret, "db"},
			{"inspect", "--roots=" + secret, "db"},
			{"bundle", secret},
			{"bundle", "verify", secret},
			{"version", "-o", secret},
			{"bundle", "pem", "--for=" + secret},
			{"completion", secret},
		} {
			code, stdout, stderr := try(t, args...)
			if code != 2 || strings.Contains(stdout+stderr, canary) {
				t.Errorf("%q: exit code %d, output %q", args, code, stdout+stderr)
			}
		}
		env, stdout, stderr := testEnv("inspect", "-")
		env.Stdin = strings.NewReader("# targets\n" + secret + "\n")
		if code := Main(t.Context(), env); code != 2 || strings.Contains(stdout.String()+stderr.String(), canary) {
			t.Errorf("stdin %q: exit code %d, output %q", secret, code, stdout.String()+stderr.String())
		}
	}
}

// TestArgumentsAreNotRepeated checks that no error of the command line repeats
// what was typed: it could be a secret in an unexpected place.
func TestArgumentsAreNotRepeated(t *testing.T) {
	t.Parallel()
	var paths [][]string
	everyCommand(t, func(_ *testing.T, c *cobra.Command) {
		paths = append(paths, strings.Fields(c.CommandPath())[1:])
	})
	for _, path := range paths {
		for _, args := range [][]string{
			{canary},
			{"--" + canary},
			{"--" + canary + "=x"},
			{"--password", canary},
			{"--password=" + canary},
			{"-p" + canary},
			{"-p", canary},
			{"--format=" + canary},
			{"--color=" + canary},
			{"--timeout=" + canary},
			{"--min-days=" + canary},
			{"--exit-zero=" + canary},
			{"-o/missing/" + canary},
			{"--output", "/missing/" + canary},
			{"--" + canary + "==", canary},
			{"-=" + canary},
			{"--=" + canary},
			{"", canary},
			{"--roots=/missing/" + canary, "localhost"},
			{"--region=" + canary},
			{"--for=" + canary},
			{"--server-name=" + canary, "localhost"},
			{"localhost:" + canary},
			{canary + " " + canary},
			{"--protocol=" + canary, "localhost"},
		} {
			all := append(path[:len(path):len(path)], args...)
			if len(path) > 0 && (path[0] == "inspect" || path[0] == "audit") && len(args) == 1 && (args[0] == canary || strings.HasPrefix(args[0], "--region")) {
				continue // a host name or a Region: that is what it is for
			}
			code, stdout, stderr := try(t, all...)
			if strings.Contains(stdout+stderr, canary) || code == 0 {
				t.Errorf("%q: exit code %d, output %q", all, code, stdout+stderr)
			}
		}
	}
}

// TestOrdinaryArguments checks that what people type every day is not taken for a
// connection string.
func TestOrdinaryArguments(t *testing.T) {
	t.Parallel()
	for _, arg := range []string{
		"orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com:5432", "[::1]:5432", "./...", "github.com/rdstls/go/...", "--user=app", "--database=orders",
		"--server-name=orders.c9akciq32xyz.eu-west-1.rds.amazonaws.com", "-o=out.json", "eu-west-1", `C:\certs\a@b.pem`, "golang.org/x/tools@v0.52.0",
		"--via=localhost:15432", "-", "--", "https://example.com/file", "*-prod", "RT001,RT002", "10.0.0.1:3306",
	} {
		if looksLikeConnString(arg) {
			t.Errorf("%q is taken for a connection string", arg)
		}
	}
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{"inspekt": "did you mean rdstls inspect?", "bundle lst": "did you mean rdstls bundle list?", "version --forma=json": "did you mean --format?", "--version": "did you mean rdstls version?"} {
		if code, _, stderr := try(t, strings.Fields(args)...); code != 2 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d, %q, want %q", args, code, stderr, want)
		}
	}
}
