package rdstls_test

import (
	"net"
	"os"
	"syscall"
	"testing"

	"github.com/rdstls/go/rdstls"
)

// TestDiagnoseWinsock checks that the numbers that Winsock has for a closed connection
// are known. syscall.ECONNRESET is another number there.
func TestDiagnoseWinsock(t *testing.T) {
	t.Parallel()
	for _, errno := range []syscall.Errno{10053, 10054} { // WSAECONNABORTED, WSAECONNRESET
		err := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("wsarecv", errno)}
		wantDiagnosis(t, &rdstls.AttemptError{ServerName: instance, Err: err}, rdstls.ReasonReset, "was reached")
	}
}
