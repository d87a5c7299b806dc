package rdstls

import (
	"context"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
)

const directAdvice = "sslnegotiation=direct needs PostgreSQL 17 or later, and no proxy or pooler before it: take it out of the connection string."

// connectionLost explains a timeout or a closed connection, if it is known to have
// happened after the server was reached and before the login was complete.
func connectionLost(f *failure) (Diagnosis, bool) {
	for _, attempt := range f.attempts() {
		switch {
		case attempt.has(context.Canceled) || slices.ContainsFunc(attempt, isDialing):
		case attempt.isTimeout():
			return Diagnosis{ReasonTimeout, "The server was reached, but it did not answer in time. " +
				"Look for a port that is not the database's, an overloaded instance, a network that drops large packets, or a slow Options.Password."}, true
		case attempt.isClosed() && f.direct:
			return Diagnosis{ReasonReset, "The server closed the connection before it was established. " + directAdvice}, true
		case attempt.isClosed():
			return Diagnosis{ReasonReset, "The server was reached, but the connection was closed before it was established. " +
				"Look for a failover or restart, a connection limit, a firewall that resets connections, or a port that is not the database's."}, true
		}
	}
	return Diagnosis{}, false
}

func (t tree) isTimeout() bool {
	return t.has(context.DeadlineExceeded, os.ErrDeadlineExceeded) || slices.ContainsFunc(t, func(n node) bool {
		e, ok := n.err.(net.Error)
		return ok && safely(e.Timeout)
	})
}

func (t tree) isClosed() bool {
	return t.has(io.EOF, io.ErrUnexpectedEOF, io.ErrClosedPipe, net.ErrClosed,
		syscall.ECONNRESET, syscall.ECONNABORTED, syscall.EPIPE, wsaConnReset, wsaConnAborted) ||
		t.hasMessage("invalid connection", "bad connection", // go-sql-driver/mysql v1.10.1, errors.go
			"driver: bad connection") // database/sql/driver, as lib/pq returns it
}

// unresolved explains that the server's name has no address.
func unresolved(f *failure) (Diagnosis, bool) {
	for i, n := range f.tree {
		e, ok := n.err.(*net.DNSError)
		switch {
		case !ok, f.tree[i:n.end].has(context.Canceled), e.Err == "operation was canceled", // net.errCanceled
			strings.HasPrefix(e.Name, "tcp/"): // the name of a port (net, lookup.go)
		case e.IsNotFound:
			return Diagnosis{ReasonDNS, "The server's name has no DNS record. " +
				"Look for a misspelled endpoint, an instance or cluster that was deleted or renamed, or a private name that this network does not resolve."}, true
		default:
			return Diagnosis{ReasonDNS, "The DNS server did not answer for the server's name. " +
				"Check the DNS settings of this machine, container or VPC, and try again: the name itself may be right."}, true
		}
	}
	return Diagnosis{}, false
}

const unreachableAdvice = "Check the port, the security group's inbound rules, the VPC's routes, and for a client outside the VPC that the instance is publicly accessible or that a tunnel leads to it."

// unreachable explains a failure to dial.
func unreachable(f *failure) (Diagnosis, bool) {
	for i, n := range f.tree {
		dialing := isDialing(n) || strings.HasPrefix(f.pgxStep(i), "dial error: ") && f.tree[i:n.end].isTimeout()
		if dialing && !f.tree[i:n.end].has(context.Canceled) {
			if f.tree[i:n.end].isTimeout() {
				return Diagnosis{ReasonUnreachable, "The server's address did not answer in time. " + unreachableAdvice}, true
			}
			return Diagnosis{ReasonUnreachable, "No connection to the server's address could be made. " + unreachableAdvice}, true
		}
	}
	return Diagnosis{}, false
}

// isDialing reports whether n is an error of package net about dialing an address
// over TCP, or what an SSH server says that could not do so for its client
// (golang.org/x/crypto/ssh, OpenChannelError). What exactly failed has other
// numbers on each operating system, so only failures of this process are left out:
// a socket that could not be made, an address that makes no sense.
func isDialing(n node) bool {
	if strings.HasPrefix(n.text, "ssh: rejected: connect failed ") {
		return true
	}
	e, ok := n.err.(*net.OpError)
	if !ok || e == nil || e.Op != "dial" || !strings.HasPrefix(e.Net, "tcp") || e.Err == nil {
		return false
	}
	switch cause := e.Err.(type) {
	case *os.SyscallError:
		return cause != nil && strings.HasPrefix(cause.Syscall, "connect") // connectex on Windows
	case *net.DNSError, *net.AddrError, *net.ParseError, net.UnknownNetworkError, net.InvalidAddrError:
		return false
	}
	return safely(e.Err.Error) != "operation was canceled" // net.errCanceled
}
