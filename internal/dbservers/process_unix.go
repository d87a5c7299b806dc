//go:build unix && !linux

package dbservers

import "syscall"

// sysProcAttr makes a child run as the account. Only Linux can also end it with
// its parent: elsewhere a killed test process leaves its servers behind.
func (a account) sysProcAttr() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{}
	if a.other {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}
