package dbservers

import "syscall"

// sysProcAttr makes a child run as the account, and makes the kernel end it
// when the test process is killed and cannot do so itself. SIGQUIT is the
// quickest way out that PostgreSQL, MariaDB and MySQL still clean up after
// (processes, shared memory, sockets).
func (a account) sysProcAttr() *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
	if a.other {
		attr.Credential = &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid)}
	}
	return attr
}
