package client

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
)

// The exit codes of a shell for a program that it cannot run.
const (
	ExitNotExecutable = 126
	ExitNotFound      = 127
)

// A Program is one to be run, with what it needs to verify its server.
type Program struct {
	Path           string // as exec.LookPath takes it
	Args           []string
	Env            []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Run runs p, forwards signals to it, and returns its exit code: 128 plus the
// signal that ended it, 127 if it was not found, 126 if it cannot be executed. An
// error comes with the last two; it does not repeat arguments.
func (p Program) Run() (int, error) {
	path, err := exec.LookPath(p.Path)
	if err != nil {
		return startError(p.Path, err)
	}
	cmd := exec.Command(path, p.Args...)
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Env, p.Stdin, p.Stdout, p.Stderr
	signals := make(chan os.Signal, 16) // before the start: none may end this process and leave files behind
	notifySignals(signals)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return startError(p.Path, err)
	}
	done := make(chan struct{})
	go forward(signals, cmd.Process, done)
	err = cmd.Wait()
	close(done)
	var exited *exec.ExitError
	if err != nil && !errors.As(err, &exited) {
		return ExitNotExecutable, errors.New("waiting for the program failed")
	}
	return exitStatus(cmd.ProcessState), nil
}

func forward(signals <-chan os.Signal, to *os.Process, done <-chan struct{}) {
	for {
		select {
		case s := <-signals:
			if !comesFromTerminal(s) {
				_ = to.Signal(s) // it has ended, if that fails
			}
		case <-done:
			return
		}
	}
}

// startError says why path does not run, without the arguments.
func startError(path string, err error) (int, error) {
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return ExitNotFound, fmt.Errorf("%.200q: program not found", path)
	case errors.Is(err, exec.ErrDot):
		return ExitNotFound, fmt.Errorf("%.200q: it is in the current directory; write ./ before it", path)
	}
	return ExitNotExecutable, fmt.Errorf("%.200q: the program cannot be executed", path)
}
