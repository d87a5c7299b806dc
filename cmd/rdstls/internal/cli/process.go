// Package cli is the command line: flags, exit codes and forms of output, with
// one file for each command. It knows nothing about TLS.
package cli

import (
	"io"
	"os"
	"time"

	"golang.org/x/term"
)

// Env is what a command gets from the process that it runs in.
type Env struct {
	Args           []string // without the program's name
	Stdin          io.Reader
	Stdout, Stderr io.Writer

	// Whether the two lead to a terminal.
	StdoutTerminal, StderrTerminal bool

	Getenv func(string) string
	Now    func() time.Time
}

// Process returns the Env of this process.
func Process() Env {
	return Env{
		Args:           os.Args[1:],
		Stdin:          os.Stdin,
		Stdout:         os.Stdout,
		Stderr:         os.Stderr,
		StdoutTerminal: isTerminal(os.Stdout),
		StderrTerminal: isTerminal(os.Stderr),
		Getenv:         os.Getenv,
		Now:            time.Now,
	}
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
