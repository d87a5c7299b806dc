package slowlink_test

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/rdstls/go/internal/slowlink"
)

// What is sent arrives whole, in order, and not before the delay, in both
// directions.
func TestLink(t *testing.T) {
	t.Parallel()
	const delay, message = 5 * time.Millisecond, "a message"
	echo, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer echo.Close()
	go func() {
		conn, err := echo.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		_, _ = io.Copy(conn, conn)
	}()
	link, err := slowlink.Listen(echo.Addr().String(), delay)
	if err != nil {
		t.Fatal(err)
	}
	defer link.Close()
	conn, err := net.Dial("tcp", link.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	begin := time.Now()
	if _, err := io.WriteString(conn, message); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(conn)
	if err != nil || string(got) != message {
		t.Errorf("ReadAll = %q, %v, want %q, nil", got, err, message)
	}
	if took := time.Since(begin); took < 2*delay {
		t.Errorf("there and back took %v, want at least %v", took, 2*delay)
	}
}
