//go:build unix

package main

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"syscall"
	"testing"

	"github.com/rdstls/go/internal/fakedb"
	"github.com/rdstls/go/internal/testcerts"
)

// silence accepts one connection, and tells when something has come from it.
func silence(t *testing.T) (addr string, reached <-chan struct{}) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	got := make(chan struct{})
	go func() {
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		if _, err := io.ReadFull(conn, make([]byte, 8)); err == nil {
			close(got)
		}
		_, _ = io.Copy(io.Discard, conn)
	}()
	return l.Addr().String(), got
}

// TestInterrupt checks that SIGINT ends the inspection of a silent server with 130,
// with what is known of the other one in the file, and that no signal leaves
// anything beside it.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	ca := testcerts.New("eu-west-1", testcerts.RSA2048)
	for sig, want := range map[syscall.Signal]int{syscall.SIGINT: 130, syscall.SIGTERM: -1} {
		t.Run(sig.String(), func(t *testing.T) {
			t.Parallel()
			shaken := make(chan struct{})
			server, err := fakedb.ListenPostgres(fakedb.PostgresOptions{TLS: &tls.Config{
				Certificates:     []tls.Certificate{ca.Instance(endpoint)},
				VerifyConnection: func(tls.ConnectionState) error { close(shaken); return nil },
			}})
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "roots.pem"), ca.PEM(), 0o600); err != nil {
				t.Fatal(err)
			}
			silent, reached := silence(t)
			c := exec.CommandContext(t.Context(), "rdstls", "inspect", "--format=json", "--timeout=5m", "--protocol=postgres",
				"--roots=roots.pem", "--server-name="+endpoint, "-o", "out.json", server.Addr(), silent)
			var stderr bytes.Buffer
			c.Dir, c.Stderr = dir, &stderr
			if err := c.Start(); err != nil {
				t.Fatal(err)
			}
			<-reached
			<-shaken
			if _, err := server.Wait(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := c.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := c.Wait(); !errors.As(err, &exit) || exit.ExitCode() != want {
				t.Errorf("Wait = %v, want exit code %d: %s", err, want, &stderr)
			}
			checkLeft(t, dir, want == 130)
		})
	}
}

// checkLeft checks the files of a command that a signal has ended.
func checkLeft(t *testing.T, dir string, reported bool) {
	t.Helper()
	want := []string{"roots.pem"}
	if reported {
		want = []string{"out.json", "roots.pem"}
	}
	entries, err := os.ReadDir(dir)
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q are there, %v, want %q", got, err, want)
	}
	if !reported {
		return
	}
	text, err := os.ReadFile(filepath.Join(dir, "out.json"))
	if err != nil {
		t.Fatal(err)
	}
	var report struct {
		Servers    []struct{ Verified bool }
		Incomplete bool
	}
	if err := json.Unmarshal(text, &report); err != nil || !report.Incomplete || len(report.Servers) != 1 || !report.Servers[0].Verified {
		t.Errorf("%v: %s", err, text)
	}
}
