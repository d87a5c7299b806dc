//go:build unix

package endtoend

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rdstls/go/internal/exampledb"
)

// TestExitCodes checks that the exit code is the program's, or a shell's for a
// program that it cannot run.
func TestExitCodes(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	m.write(t, "data", "no program")
	for name, tt := range map[string]struct {
		program []string
		want    int
	}{
		"zero":           {[]string{"sh", "-c", "exit 0"}, 0},
		"status":         {[]string{"sh", "-c", "exit 42"}, 42},
		"term":           {[]string{"sh", "-c", "kill -TERM $$"}, 143},
		"kill":           {[]string{"sh", "-c", "kill -KILL $$"}, 137},
		"not-found":      {[]string{canary}, 127},
		"not-found-path": {[]string{"/" + canary}, 127},
		"not-executable": {[]string{"./data", canary}, 126},
		"directory":      {[]string{"./.", canary}, 126},
		"usage":          {[]string{"psql", "--host", canary}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			code, stdout, stderr := m.run2(t, append([]string{"exec", exampledb.Endpoint, "--"}, tt.program...)...)
			if code != tt.want || stdout != "" || (stderr != "") != (tt.want == 2 || tt.want == 126 || tt.want == 127) {
				t.Errorf("exit code %d, want %d, %s%s", code, tt.want, stdout, stderr)
			}
		})
	}
	t.Cleanup(func() { m.wantNothingLeft(t) })
}

// sleeper is a program that says where its files are and waits for a signal.
var sleeper = []string{"sh", "-c", `trap 'echo got TERM; exit 7' TERM; trap 'echo got USR1' USR1; trap 'echo got INT' INT; echo "$PGSSLROOTCERT"; while :; do sleep 0.05; done`}

// start runs exec with the sleeper and returns when it has begun.
func (m *machine) start(t *testing.T) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	c := m.command(t, append([]string{"exec", exampledb.Endpoint, "--"}, sleeper...)...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	kill := func() { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) }
	t.Cleanup(kill)
	watchdog := time.AfterFunc(time.Minute, kill) // if rdstls dies, the program keeps the pipe open
	t.Cleanup(func() { watchdog.Stop() })
	lines := bufio.NewScanner(out)
	if !lines.Scan() || !strings.HasPrefix(lines.Text(), m.temp) {
		t.Fatalf("the program did not begin: %q", lines.Text())
	}
	return c, lines
}

// TestSignals checks that signals are forwarded, SIGINT too where no terminal sends it, and that nothing is left behind
// when SIGTERM ends both.
func TestSignals(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	c, lines := m.start(t)
	for _, step := range []struct {
		signal syscall.Signal
		want   string
	}{{syscall.SIGUSR1, "got USR1"}, {syscall.SIGINT, "got INT"}, {syscall.SIGTERM, "got TERM"}} {
		if err := c.Process.Signal(step.signal); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() || lines.Text() != step.want {
			t.Errorf("the program says %q, want %q", lines.Text(), step.want)
		}
	}
	var exit *exec.ExitError
	if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 7 {
		t.Errorf("Wait = %v, want exit code 7", err)
	}
	m.wantNothingLeft(t)
}

// TestKilled checks that the next start removes what SIGKILL left, and nothing
// that a running one uses.
func TestKilled(t *testing.T) {
	t.Parallel()
	m := newMachine(t)
	running, lines := m.start(t)
	killed, _ := m.start(t)
	if err := killed.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = killed.Process.Wait()
	if left := m.left(t); len(left) != 2 {
		t.Fatalf("%q is left, want two directories", left)
	}
	c := m.command(t, "exec", exampledb.Endpoint, "--", "true")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v, %s", err, out)
	}
	if left := m.left(t); len(left) != 1 {
		t.Errorf("%q is left, want the directory of the one that runs", left)
	}
	if err := running.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
	}
	_ = running.Wait()
	m.wantNothingLeft(t)
}

// TestNoSecretInProcesses checks that no process has the token in its arguments
// while a program of MariaDB runs, and that the files are private.
func TestNoSecretInProcesses(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/cmdline"); err != nil {
		t.Log("no /proc here: TestIAMMySQL looks at the arguments of the program itself")
		return
	}
	m := newMachine(t)
	m.useAWS(t, 3600e9)
	program := m.script(t, "mariadb", `for p in /proc/[0-9]*; do tr '\0' ' ' <$p/cmdline 2>/dev/null; echo; done
echo "option file: $1"
stat -c %a "${1#--defaults-extra-file=}" "$(dirname "${1#--defaults-extra-file=}")"
grep -c X-Amz-Signature "${1#--defaults-extra-file=}"`)
	code, stdout, stderr := m.run(t, "exec", "--iam", "--user=app", exampledb.Endpoint, "--", program)
	if code != 0 || !strings.HasSuffix(stdout, "\n600\n700\n1\n") || !strings.Contains(stdout, "rdstls exec --iam") {
		t.Fatalf("exit code %d, %s%s", code, stdout, stderr)
	}
	if strings.Contains(stdout, "X-Amz") {
		t.Error("a process has the token in its arguments")
	}
	want := fmt.Sprintf("--host=%s --port=3306 --protocol=tcp --ssl-ca=", exampledb.Endpoint)
	if !strings.Contains(stdout, want) {
		t.Errorf("no process has the arguments %q", want)
	}
}
