package client

// Unlock releases what the death of a process releases.
func (d *PrivateDir) Unlock() { _ = d.lock.Close() }
