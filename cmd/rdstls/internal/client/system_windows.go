package client

import (
	"os"
	"os/signal"
	"strings"
)

// Windows ignores the case of variables.
func sameVariable(a, b string) bool { return strings.EqualFold(a, b) }

// lock does nothing: that the file is open is the lock.
func lock(*os.File) error { return nil }

// takeLock removes the lock: Windows removes no file that a process holds open.
func takeLock(path string) (*os.File, error) { return nil, os.Remove(path) }

func isOwn(info os.FileInfo) bool { return info.IsDir() }

func notifySignals(c chan os.Signal) { signal.Notify(c, os.Interrupt) }

// comesFromTerminal: the console sends its events to every process attached to it.
func comesFromTerminal(os.Signal) bool { return true }

func statusOf(os.Signal) int { return 130 } // only Ctrl-C is caught

func exitStatus(state *os.ProcessState) int { return state.ExitCode() }
