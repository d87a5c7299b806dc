//go:build unix

package cli

import (
	"io/fs"
	"sync"
	"syscall"
)

// newFileMode returns the mode of a new file. The umask can only be read by
// setting it.
var newFileMode = sync.OnceValue(func() fs.FileMode {
	mask := syscall.Umask(0o077)
	syscall.Umask(mask)
	return 0o666 &^ fs.FileMode(mask) //nolint:gosec // a umask has nine bits
})
