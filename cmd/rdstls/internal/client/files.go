package client

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// dirPrefix begins the name of every private directory.
const dirPrefix = "rdstls-exec-"

// lockName is the file that its process holds locked for as long as it lives.
const lockName = "lock"

// unlockedAge is the age from which a directory without a lock is a leftover: its
// process was killed before it made the lock.
const unlockedAge = time.Hour

// A PrivateDir holds the files of one program: roots, and an option file with a
// password. Only its owner can read it.
type PrivateDir struct {
	path string
	lock *os.File
}

// NewPrivateDir makes a directory with mode 0700 below parent, or below the
// system's directory for temporary files if parent is "". It first removes what
// earlier processes left there because they were killed.
func NewPrivateDir(parent string) (*PrivateDir, error) { return newPrivateDir(parent, lock) }

func newPrivateDir(parent string, lock func(*os.File) error) (*PrivateDir, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	removeLeftovers(parent)
	var err error
	for range 10 { // another process can take the new directory for a leftover
		var d *PrivateDir
		if d, err = makePrivateDir(parent, lock); err == nil {
			return d, nil
		}
	}
	return nil, fmt.Errorf("making a private directory: %w", err)
}

func makePrivateDir(parent string, lock func(*os.File) error) (*PrivateDir, error) {
	path, err := os.MkdirTemp(parent, dirPrefix)
	if err != nil {
		return nil, err
	}
	d := &PrivateDir{path: path}
	d.lock, err = os.OpenFile(filepath.Join(path, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = lock(d.lock)
	}
	if err == nil {
		_, err = os.Lstat(d.lock.Name()) // another process may have removed it before it was locked
	}
	if err != nil {
		return nil, errors.Join(err, d.Remove())
	}
	return d, nil
}

// Write makes a file with mode 0600 and returns its path.
func (d *PrivateDir) Write(name string, data []byte) (string, error) {
	path := filepath.Join(d.path, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		return "", fmt.Errorf("writing %s: %w", name, err)
	}
	return path, nil
}

// Remove removes the directory and everything in it.
func (d *PrivateDir) Remove() error { return removeLocked(d.path, d.lock) }

// removeLocked removes a directory. The lock goes last: a process that is killed
// in between leaves what the next one removes.
func removeLocked(path string, lock *os.File) error {
	entries, err := os.ReadDir(path)
	for _, e := range entries {
		if e.Name() != lockName {
			err = errors.Join(err, os.RemoveAll(filepath.Join(path, e.Name())))
		}
	}
	if lock != nil {
		_ = lock.Close()
	}
	return errors.Join(err, os.RemoveAll(path))
}

// removeLeftovers removes the directories of processes that ended without doing
// so. What belongs to another user, or is in use, stays.
func removeLeftovers(parent string) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return
	}
	for _, e := range entries {
		if e.IsDir() && strings.HasPrefix(e.Name(), dirPrefix) {
			removeLeftover(filepath.Join(parent, e.Name()))
		}
	}
}

func removeLeftover(path string) {
	info, err := os.Lstat(path)
	if err != nil || !isOwn(info) {
		return
	}
	held, err := takeLock(filepath.Join(path, lockName))
	switch {
	case err == nil:
		_ = removeLocked(path, held) // the next start tries again
	case errors.Is(err, os.ErrNotExist) && time.Since(info.ModTime()) > unlockedAge:
		_ = os.RemoveAll(path)
	}
}
