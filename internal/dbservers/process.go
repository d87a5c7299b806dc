package dbservers

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// stopTimeout bounds the orderly end of a server. After it, it is killed.
const stopTimeout = 20 * time.Second

// errExitedWith0 is how a program ends well, and a server before its time.
var errExitedWith0 = errors.New("exit status 0")

// A process is a running program.
type process struct {
	process *os.Process
	done    chan struct{} // closed when it has ended, and then how is set
	how     error
}

// A program describes a process to start.
type program struct {
	argv  []string
	as    account
	dir   string // working directory, home, and place for temporary files
	log   string // file that both outputs are appended to
	input string
}

func (p program) start() (*process, error) {
	log, err := os.OpenFile(p.log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	cmd := exec.Command(p.argv[0], p.argv[1:]...)
	cmd.Dir = p.dir
	// Nothing of the tests' environment: PGDATA, PGSSLMODE, MYSQL_HOME or a
	// language would change what the server does and says.
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH") + string(filepath.ListSeparator) + "/usr/bin:/bin:/usr/sbin:/sbin",
		"HOME=" + p.dir,
		"TMPDIR=" + p.dir,
		"LC_ALL=C",
	}
	cmd.Stdin = strings.NewReader(p.input)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = p.as.sysProcAttr()

	started := make(chan error)
	running := &process{done: make(chan struct{})}
	go func() {
		// Linux sends the signal for the death of the parent when the thread
		// that started the child ends (prctl(2), PR_SET_PDEATHSIG;
		// https://go.dev/issue/27505): keep it for as long as the child runs.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		running.process = cmd.Process
		started <- err
		if err == nil {
			if running.how = cmd.Wait(); running.how == nil {
				running.how = errExitedWith0
			}
			close(running.done)
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return running, nil
}

// run starts the program and waits for its end. An error quotes the log.
func (p program) run(ctx context.Context) error {
	running, err := p.start()
	if err != nil {
		return err
	}
	select {
	case <-running.done:
		if err = running.how; errors.Is(err, errExitedWith0) {
			err = nil
		}
	case <-ctx.Done():
		_ = running.process.Kill() // fails only if it has just ended
		<-running.done
		err = ctx.Err()
	}
	if err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(p.argv[0]), err, tail(p.log))
	}
	return nil
}

// ended reports whether the process has ended by itself.
func (p *process) ended() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}

// stop asks the process to end and waits until it has.
func (p *process) stop(signal os.Signal) error {
	if p.ended() {
		return fmt.Errorf("had ended before it was stopped: %w", p.how)
	}
	_ = p.process.Signal(signal) // fails only if it has just ended
	select {
	case <-p.done:
		return nil
	case <-time.After(stopTimeout):
	}
	_ = p.process.Kill()
	<-p.done
	return fmt.Errorf("still ran %v after %v: killed", stopTimeout, signal)
}

// tail returns the end of the file called name, or why it cannot.
func tail(name string) string {
	const enough = 4096
	data, err := os.ReadFile(name)
	if err != nil {
		return err.Error()
	}
	if len(data) > enough {
		data = append([]byte("..."), data[len(data)-enough:]...)
	}
	return string(data)
}
