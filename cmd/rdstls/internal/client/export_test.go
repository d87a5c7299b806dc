package client

import "os"

// Unlock releases what the death of a process releases.
func (d *PrivateDir) Unlock() { _ = d.lock.Close() }

// NewPrivateDirLockedBy is NewPrivateDir with another function to lock with.
func NewPrivateDirLockedBy(parent string, lock func(*os.File) error) (*PrivateDir, error) {
	return newPrivateDir(parent, lock)
}
