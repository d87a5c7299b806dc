//go:build !unix

package dbservers

import "syscall"

// sysProcAttr exists so that the package compiles where [Find] finds nothing.
func (a account) sysProcAttr() *syscall.SysProcAttr { return nil }
