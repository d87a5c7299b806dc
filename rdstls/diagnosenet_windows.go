package rdstls

import "syscall"

// What Winsock returns: syscall.ECONNRESET is a number that Go invented.
const (
	wsaConnReset   = syscall.WSAECONNRESET
	wsaConnAborted = syscall.WSAECONNABORTED
)
