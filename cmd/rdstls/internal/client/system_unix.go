//go:build unix

package client

import (
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

func sameVariable(a, b string) bool { return a == b }

// lock fails if another process holds f. The lock ends with the process, however
// it ends; children do not inherit it.
func lock(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) }

// takeLock locks the lock of another process, which must have ended.
func takeLock(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	if err := lock(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

func isOwn(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && info.IsDir() && int(stat.Uid) == os.Geteuid() && info.Mode().Perm() == 0o700
}

// notifySignals sends to c the signals that a program may be waiting for.
func notifySignals(c chan os.Signal) {
	signal.Notify(c, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM, unix.SIGHUP, unix.SIGUSR1, unix.SIGUSR2, unix.SIGALRM)
}

// comesFromTerminal reports whether the terminal has sent s to the program too:
// it sends SIGINT and SIGQUIT to every process of its foreground process group.
func comesFromTerminal(s os.Signal) bool {
	if s != unix.SIGINT && s != unix.SIGQUIT {
		return false
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer func() { _ = tty.Close() }()
	foreground, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && foreground == unix.Getpgrp()
}

// statusOf returns the status of a process that s ended, as a shell does.
func statusOf(s os.Signal) int {
	if s, ok := s.(syscall.Signal); ok {
		return 128 + int(s)
	}
	return 1
}

// exitStatus returns the status of a process as a shell does.
func exitStatus(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return statusOf(status.Signal())
	}
	return state.ExitCode()
}
