package client

import (
	"errors"
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

// Signals catches the signals that would end this process, so that it can remove
// its files. Make it before the first file, and end it with Stop.
type Signals struct{ caught chan os.Signal }

// CatchSignals begins to catch signals.
func CatchSignals() *Signals {
	s := &Signals{make(chan os.Signal, 16)}
	notifySignals(s.caught)
	return s
}

// Stop ends the catching.
func (s *Signals) Stop() { signal.Stop(s.caught) }

// A Program is one to be run, with what it needs to verify its server.
type Program struct {
	Path           string // as exec.LookPath takes it
	Args           []string
	Env            []string
	Stdin          io.Reader
	Stdout, Stderr io.Writer
}

// Find returns 0 if p can be started, as far as its file tells, and otherwise the
// exit code of a shell and an error. Errors do not repeat arguments.
func (p Program) Find() (int, error) {
	if _, err := exec.LookPath(p.Path); err != nil {
		return startError(err)
	}
	return 0, nil
}

// Run runs p, forwards signals to it, and returns its exit code: 128 plus the
// signal that ended it, 127 if it was not found, 126 if it cannot be executed. An
// error comes with the last two.
func (p Program) Run(signals *Signals) (int, error) {
	path, err := exec.LookPath(p.Path)
	if err != nil {
		return startError(err)
	}
	cmd := exec.Command(path, p.Args...)
	cmd.Args[0] = p.Path // as a shell does: some programs look at their name
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = p.Env, p.Stdin, p.Stdout, p.Stderr
	select {
	case s := <-signals.caught: // the program never got it
		return statusOf(s), nil
	default:
	}
	if err := cmd.Start(); err != nil {
		return startError(err)
	}
	done := make(chan struct{})
	go forward(signals.caught, cmd.Process, done)
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

func startError(err error) (int, error) {
	switch {
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return ExitNotFound, errors.New("the program was not found")
	case errors.Is(err, exec.ErrDot):
		return ExitNotFound, errors.New("the program is in the current directory: write ./ before its name")
	}
	return ExitNotExecutable, errors.New("the program cannot be executed")
}
