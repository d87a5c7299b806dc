//go:build unix

package endtoend

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rdstls/go/internal/dbservers"
	"github.com/rdstls/go/internal/exampledb"
)

// program is the path of the built command.
var program string

// servers have the certificate of the endpoint, and of localhost for programs that
// verify only the name that they dial.
var servers = exampledb.ServersFor([]string{exampledb.Endpoint, "localhost"}, nil, dbservers.Postgres, dbservers.MariaDB, dbservers.MySQL)

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "rdstls-client-*")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "rdstls")
	build := exec.Command("go", "build", "-o", program, "github.com/rdstls/go/cmd/rdstls")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		panic(err)
	}
	return servers.Run(m)
}

// canary stands in arguments and secrets. No output may hold it.
const canary = "hunter2-canary"

// A machine is a home, a directory for temporary files, and an environment with
// everything in it that weakens a client.
type machine struct {
	home, temp, roots string
	env               []string
}

func newMachine(t *testing.T) *machine {
	t.Helper()
	m := &machine{home: t.TempDir(), temp: t.TempDir()}
	m.roots = m.write(t, "ca.pem", string(exampledb.Authority().PEM()))
	m.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + m.home, "TMPDIR=" + m.temp, "AWS_EC2_METADATA_DISABLED=true",
		"PGSSLMODE=disable", "PGHOST=evil.invalid", "PGHOSTADDR=192.0.2.1", "PGSERVICE=evil", "PGGSSENCMODE=prefer",
		"NODE_TLS_REJECT_UNAUTHORIZED=0", "MYSQL_HOST=evil.invalid", "MARIADB_TLS_DISABLE_PEER_VERIFICATION=1",
	}
	return m
}

// write makes a file in the home directory.
func (m *machine) write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(m.home, name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// script makes a program that is a shell script.
func (m *machine) script(t *testing.T, name, text string) string {
	t.Helper()
	path := m.write(t, name, "#!/bin/sh\n"+text+"\n")
	if err := os.Chmod(path, 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func (m *machine) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	c := exec.CommandContext(t.Context(), program, args...)
	c.Env, c.Dir = m.env, m.home
	return c
}

// run runs the command and checks that nothing is left and no canary is printed.
func (m *machine) run(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	c := m.command(t, args...)
	c.Stdout, c.Stderr = &out, &errs
	var exit *exec.ExitError
	if err := c.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if strings.Contains(out.String()+errs.String(), canary) {
		t.Errorf("%q: the output holds the canary:\n%s%s", args, out.String(), errs.String())
	}
	m.wantNothingLeft(t)
	return c.ProcessState.ExitCode(), out.String(), errs.String()
}

func (m *machine) wantNothingLeft(t *testing.T) {
	t.Helper()
	if left := m.left(t); len(left) > 0 {
		t.Errorf("%q is left", left)
	}
}

func (m *machine) left(t *testing.T) []string {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(m.temp, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return left
}

// run2 is run for a machine that parallel tests share: they leave files meanwhile.
func (m *machine) run2(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	other := *m
	other.temp = t.TempDir()
	other.env = append(m.env[:len(m.env):len(m.env)], "TMPDIR="+other.temp)
	return other.run(t, args...)
}
