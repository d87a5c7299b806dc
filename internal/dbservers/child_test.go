package dbservers

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// childVariable makes this test binary start a server of the installation whose
// name it holds, tell where, and wait to be killed.
const childVariable = "DBSERVERS_TEST_CHILD"

func child() {
	installations, err := Find()
	if err != nil {
		panic(err)
	}
	for _, in := range installations {
		if in.Name() != os.Getenv(childVariable) {
			continue
		}
		s, err := in.Start(Options{})
		if err != nil {
			panic(err)
		}
		fmt.Println(s.Addr, ours.dir)
		select {}
	}
}

// A test process that is killed, or that times out, leaves no server behind on
// Linux.
func TestKilledParent(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // see process_unix.go
	}
	servers.Each(t, func(t *testing.T, shared *Server) {
		t.Parallel()
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), childVariable+"="+shared.Name())
		cmd.Stderr = os.Stderr
		output, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(output).ReadString('\n')
		if killErr := cmd.Process.Kill(); killErr != nil {
			t.Error(killErr)
		}
		_ = cmd.Wait() // it was killed
		address, dir, found := strings.Cut(strings.TrimSpace(line), " ")
		if err != nil || !found {
			t.Fatalf("child said %q, %v", line, err)
		}
		defer os.RemoveAll(dir)
		for deadline := time.Now().Add(stopTimeout); ; time.Sleep(pollInterval) {
			conn, err := net.Dial("tcp", address)
			if err != nil {
				break
			}
			conn.Close()
			if time.Now().After(deadline) {
				t.Fatalf("server at %s goes on after its parent was killed", address)
			}
		}
	})
}
