package client

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// dirPrefix begins the name of every private directory.
const dirPrefix = "rdstls-exec-"

// lockName is the file that its process holds locked for as long as it lives.
const lockName = "lock"

// A PrivateDir holds the files of one program: roots, and an option file with a
// password. Only its owner can read it.
type PrivateDir struct {
	path string
	lock *os.File
}

// NewPrivateDir makes a directory with mode 0700 below parent, or below the
// system's directory for temporary files if parent is "". It first removes what
// earlier processes left there because they were killed.
func NewPrivateDir(parent string) (*PrivateDir, error) {
	if parent == "" {
		parent = os.TempDir()
	}
	removeLeftovers(parent)
	path, err := os.MkdirTemp(parent, dirPrefix)
	if err != nil {
		return nil, fmt.Errorf("making a private directory: %w", err)
	}
	d := &PrivateDir{path: path}
	d.lock, err = os.OpenFile(filepath.Join(path, lockName), os.O_CREATE|os.O_RDWR, 0o600)
	if err == nil {
		err = lock(d.lock)
	}
	if err != nil {
		return nil, fmt.Errorf("locking a private directory: %w", removeAfter(err, d))
	}
	return d, nil
}

func removeAfter(err error, d *PrivateDir) error {
	_ = d.Remove()
	return err
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
func (d *PrivateDir) Remove() error {
	if d.lock != nil {
		_ = d.lock.Close()
	}
	return os.RemoveAll(d.path)
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
	held, err := os.OpenFile(filepath.Join(path, lockName), os.O_RDWR, 0)
	if err != nil {
		return // it was made this moment and has no lock yet, or it is being removed
	}
	defer func() { _ = held.Close() }()
	if lock(held) == nil {
		_ = os.RemoveAll(path)
	}
}
