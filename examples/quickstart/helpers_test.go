package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
)

var ca = testcerts.New(region, testcerts.RSA2048)

// servers have the certificate of endpoint.
var servers = dbservers.NewSet(func(dbservers.Installation) dbservers.Options {
	chain, key := testcerts.PEMFiles(ca.Instance(endpoint))
	return dbservers.Options{Chain: chain, Key: key}
}, dbservers.Postgres, dbservers.MariaDB, dbservers.MySQL)

// TestMain makes the tests independent of who runs them: pgx reads these
// variables, and files of the home directory.
func TestMain(m *testing.M) {
	if err := unsetPostgresVariables(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Setenv("HOME", os.DevNull)
	os.Exit(servers.Run(m))
}

// canary is a password that nothing may print.
const canary = "obsidian-pumpernickel"

// A kind is a database in the words of the command line.
type kind struct {
	database
	flag string
	dsn  func(addr, password string) string
}

var kinds = []kind{
	{postgreSQL(), "-dsn", func(addr, password string) string {
		return "postgres://admin:" + password + "@" + addr + "/app"
	}},
	{mySQL(), "-mysql-dsn", func(addr, password string) string {
		return "admin:" + password + "@tcp(" + addr + ")/app"
	}},
}

// each runs test for both databases.
func each(t *testing.T, test func(*testing.T, kind)) {
	t.Parallel()
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			test(t, k)
		})
	}
}

// start starts a built-in server with a certificate.
func (k kind) start(t *testing.T, cert tls.Certificate) *fakedb.Server {
	t.Helper()
	return running(t)(k.listen(&tls.Config{Certificates: []tls.Certificate{cert}}))
}

// running returns a function that takes the results of a listen function.
func running(t *testing.T) func(*fakedb.Server, error) *fakedb.Server {
	t.Helper()
	return func(s *fakedb.Server, err error) *fakedb.Server {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return s
	}
}

// trusting returns the flags for a server of ca that has the certificate of endpoint.
func trusting(t *testing.T) []string {
	t.Helper()
	return []string{"-server-name", endpoint, "-roots", rootsFile(t, ca.PEM())}
}

func rootsFile(t *testing.T, pem []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(name, pem, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// execute runs the program and wants an exit status and certain words in its
// output, which it returns. The canary must never be in it.
func execute(t *testing.T, wantStatus int, wantWords []string, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	status := run(t.Context(), args, &stdout, &stderr)
	output := stdout.String() + stderr.String()
	if status != wantStatus {
		t.Errorf("run(%q) = %d, want %d; output:\n%s", args, status, wantStatus, output)
	}
	wantOutput(t, output, wantWords)
	if strings.Contains(oneLine(output), canary) {
		t.Errorf("run(%q) printed the password:\n%s", args, output)
	}
	if stdout.Len() > 0 && stderr.Len() > 0 {
		t.Errorf("run(%q) printed to both outputs:\n%s", args, output)
	}
	return output
}

// play runs the demonstration with databases and returns what it printed.
func play(ctx context.Context, t *testing.T, wantStatus int, databases ...database) string {
	t.Helper()
	var out bytes.Buffer
	if status := demonstrate(ctx, &transcript{w: &out}, databases...); status != wantStatus {
		t.Errorf("demonstrate = %d, want %d; output:\n%s", status, wantStatus, out.String())
	}
	return out.String()
}

func wantOutput(t *testing.T, output string, words []string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(oneLine(output), w) {
			t.Errorf("output does not contain %q:\n%s", w, output)
		}
	}
}

// oneLine undoes the wrapping.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
