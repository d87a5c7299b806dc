//go:build !windows

package rdstls

import "syscall"

const (
	wsaConnReset   = syscall.ECONNRESET
	wsaConnAborted = syscall.ECONNABORTED
)
