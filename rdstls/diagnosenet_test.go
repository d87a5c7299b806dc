package rdstls_test

import (
	"context"
	"crypto/tls"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"syscall"
	"testing"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/rdstls"
)

func dialing(network string, err error) error {
	return &net.OpError{Op: "dial", Net: network, Err: err}
}

// TestDiagnoseUnreachable checks that failures to dial are explained, with the
// number that any operating system has for them.
func TestDiagnoseUnreachable(t *testing.T) {
	t.Parallel()
	for _, errno := range []error{
		syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ETIMEDOUT, syscall.EHOSTDOWN, syscall.ENETDOWN,
		syscall.EADDRNOTAVAIL, syscall.EACCES, syscall.EPERM, syscall.ECONNRESET, syscall.Errno(10061), syscall.Errno(61),
	} {
		for _, call := range []string{"connect", "connectex"} {
			wantDiagnosis(t, dialing("tcp", os.NewSyscallError(call, errno)), rdstls.ReasonUnreachable, "port", "security group", "VPC", "publicly accessible")
		}
	}
	for _, network := range []string{"tcp", "tcp4", "tcp6"} {
		wantDiagnosis(t, dialing(network, os.ErrDeadlineExceeded), rdstls.ReasonUnreachable, "in time", "security group")
	}
	_, err := new(net.Dialer).DialContext(t.Context(), "tcp", fakedb.UnusedAddr)
	wantDiagnosis(t, err, rdstls.ReasonUnreachable)
	expired, cancel := context.WithTimeout(t.Context(), 0)
	defer cancel()
	_, err = new(net.Dialer).DialContext(expired, "tcp", fakedb.UnusedAddr)
	wantDiagnosis(t, err, rdstls.ReasonUnreachable, "in time")
	wantDiagnosis(t, errors.New("ssh: rejected: connect failed (Connection refused)"), rdstls.ReasonUnreachable)
	wantDiagnosis(t, &rdstls.AttemptError{ServerName: instance, Err: dialing("tcp", os.ErrDeadlineExceeded)}, rdstls.ReasonUnreachable)
}

// TestDiagnoseDNS checks that failures to resolve are explained, whether the name
// has no address or the resolver does not answer.
func TestDiagnoseDNS(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		err  *net.DNSError
		fact string
	}{
		{&net.DNSError{Err: "no such host", Name: instance, IsNotFound: true}, "misspelled"},
		{&net.DNSError{Err: "i/o timeout", Name: instance, IsTimeout: true}, "DNS settings"},
		{&net.DNSError{Err: "server misbehaving", Name: instance, IsTemporary: true}, "DNS settings"},
		{&net.DNSError{Err: "getaddrinfow: This is usually a temporary error.", Name: instance}, "DNS settings"},
	} {
		wantDiagnosis(t, tt.err, rdstls.ReasonDNS, tt.fact)
		wantDiagnosis(t, dialing("tcp", tt.err), rdstls.ReasonDNS, tt.fact)
		wantDiagnosis(t, errors.Join(dialing("tcp", os.ErrDeadlineExceeded), tt.err), rdstls.ReasonDNS) // of another host of a list
	}
}

// TestDiagnoseLost checks that a timeout or a closed connection is explained if it
// is of an attempt that reached a server: others cannot be told from those of a
// query.
func TestDiagnoseLost(t *testing.T) {
	t.Parallel()
	for want, errs := range map[rdstls.Reason][]error{
		rdstls.ReasonTimeout: {context.DeadlineExceeded, os.ErrDeadlineExceeded, &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}},
		rdstls.ReasonReset: {
			io.EOF, io.ErrUnexpectedEOF, net.ErrClosed, io.ErrClosedPipe,
			&net.OpError{Op: "read", Err: os.NewSyscallError("read", syscall.ECONNRESET)},
			&net.OpError{Op: "write", Err: os.NewSyscallError("write", syscall.EPIPE)},
		},
	} {
		for _, err := range errs {
			wantNone(t, err)
			wantDiagnosis(t, &rdstls.AttemptError{ServerName: instance, Err: err}, want, "was reached")
		}
	}
	for _, err := range []error{context.Canceled, errors.Join(context.Canceled, io.EOF), errors.Join(os.ErrDeadlineExceeded, context.Canceled)} {
		wantNone(t, &rdstls.AttemptError{ServerName: instance, Err: err})
	}
}

// TestDiagnoseNothing checks that errors of queries, of this process and of other
// servers are left alone.
func TestDiagnoseNothing(t *testing.T) {
	t.Parallel()
	refused := dialing("tcp", os.NewSyscallError("connect", syscall.ECONNREFUSED))
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	_, errCanceled := new(net.Dialer).DialContext(canceled, "tcp", fakedb.UnusedAddr)
	_, errPort := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.1:nosuchport")
	_, errNoPort := new(net.Dialer).DialContext(t.Context(), "tcp", "127.0.0.1")
	for _, err := range []error{
		nil,
		errors.New("something else"),
		context.Canceled,
		sql.ErrNoRows, sql.ErrTxDone, sql.ErrConnDone,
		errCanceled, errPort, errNoPort,
		dialing("unix", os.NewSyscallError("connect", syscall.ENOENT)),
		dialing("tcp", os.NewSyscallError("socket", syscall.EMFILE)),
		&net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", syscall.ECONNRESET)},
		&net.DNSError{Err: "operation was canceled", Name: instance},
		&net.DNSError{Err: "context canceled", Name: instance, UnwrapErr: context.Canceled},
		dialing("tcp", context.Canceled), // of a DialFunc
		&net.OpError{Op: "local error", Err: tls.AlertError(48)},
		&net.OpError{Op: "remote error", Err: alert(48)},
		&url.Error{Op: "Get", URL: "http://169.254.169.254/", Err: refused},
		fmt.Errorf("tls error: %w", io.EOF), // pgx's words, but not its type
		fmt.Errorf("query: %w", io.ErrUnexpectedEOF),
		&MySQLError{Number: 1045, Message: "Access denied"},
	} {
		wantNone(t, err)
	}
}

// An alert has the name and the kind of the error of crypto/tls, and is another.
type alert uint8

func (alert) Error() string { return "of another package" }

// A MySQLError has the name and the fields of the driver's error, and is another.
type MySQLError struct {
	Number  uint16
	Message string
}

func (*MySQLError) Error() string { return "of another package" }
