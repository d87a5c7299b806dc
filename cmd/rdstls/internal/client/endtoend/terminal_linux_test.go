//go:build unix

package endtoend

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rdstls/go/internal/exampledb"
)

// openTerminal returns the two ends of a pseudo terminal.
func openTerminal(t *testing.T) (control, terminal *os.File) {
	t.Helper()
	control, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { control.Close() })
	if err := unix.IoctlSetPointerInt(int(control.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(control.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	terminal, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return control, terminal
}

// TestCtrlC checks that Ctrl-C in a terminal reaches the program once, because the
// terminal sends it to both, and does not end rdstls while the program lives.
func TestCtrlC(t *testing.T) {
	t.Parallel()
	control, terminal := openTerminal(t)
	m := newMachine(t)
	// Without a child, which the shell would wait for: signals count one by one.
	const program = `n=0; trap 'n=$((n+1))' INT; trap 'echo "got $n"; exit 5' TERM; echo ready; i=0
while [ $n = 0 ]; do :; done; while [ $i -lt 300000 ]; do i=$((i+1)); done; kill -TERM $$`
	c := m.command(t, "exec", exampledb.Endpoint, "--", "sh", "-c", program)
	c.Stdin, c.Stdout, c.Stderr = terminal, terminal, terminal
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	lines := bufio.NewScanner(control)
	var got []string
	for lines.Scan() { // ends with EIO when nobody has the terminal any more
		got = append(got, strings.TrimSpace(lines.Text()))
		if got[len(got)-1] == "ready" {
			if _, err := control.WriteString("\x03"); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = c.Wait()
	if text := strings.Join(got, "\n"); c.ProcessState.ExitCode() != 5 || !strings.HasSuffix(text, "got 1") {
		t.Errorf("exit code %d, %q, want one SIGINT and exit code 5", c.ProcessState.ExitCode(), text)
	}
	m.wantNothingLeft(t)
}
