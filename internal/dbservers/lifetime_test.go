package dbservers

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestRotate(t *testing.T) {
	options := func(a *authority) Options {
		opts := a.options(t)
		opts.CA = encode(a.root)
		return opts
	}
	each(t, options, func(t *testing.T, s *Server, a *authority) {
		old := wantConnect(t, s, a.trust())
		for range 3 {
			chain, key := a.leaf(t, serverName)
			if err := s.Rotate(chain, key); err != nil {
				t.Fatal(err)
			}
			pair, err := tls.X509KeyPair(chain, key)
			if err != nil {
				t.Fatal(err)
			}
			config := a.trust()
			config.VerifyConnection = func(state tls.ConnectionState) error {
				if !bytes.Equal(state.PeerCertificates[0].Raw, pair.Certificate[0]) {
					return errors.New("the certificate is not the new one")
				}
				return nil
			}
			wantConnect(t, s, config)
			wantAnswer(t, old, "SELECT 'still here'", "still here")
		}

		_, key := a.leaf(t, serverName)
		if err := s.Rotate([]byte("no certificate"), key); err == nil {
			t.Error("Rotate to something else than PEM = nil, want an error")
		}
		wantConnect(t, s, a.trust())
	})
}

func TestStop(t *testing.T) {
	options := func(a *authority) Options { return a.options(t) }
	each(t, options, func(t *testing.T, s *Server, a *authority) {
		open := wantConnect(t, s, a.trust())
		if err := s.Stop(); err != nil {
			t.Fatal(err)
		}
		if _, err := os.Stat(s.dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("directory after Stop: %v, want it gone", err)
		}
		if err := s.process.process.Signal(os.Interrupt); !errors.Is(err, os.ErrProcessDone) {
			t.Errorf("signal after Stop = %v, want %v", err, os.ErrProcessDone)
		}
		if conn, err := net.Dial("tcp", s.Addr); err == nil {
			conn.Close()
			t.Error("port answers after Stop")
		}
		if _, err := open.ask(t.Context(), "SELECT 'hello'"); err == nil {
			t.Error("query after Stop = nil, want an error")
		}
		if s.Log() == "" {
			t.Error("Log after Stop is empty")
		}
		if err := s.Stop(); err != nil {
			t.Errorf("second Stop = %v, want nil", err)
		}
	})
}

// A server that ends before its time fails the test that started it.
func TestStopReportsEarlyEnd(t *testing.T) {
	servers.Each(t, func(t *testing.T, shared *Server) {
		t.Parallel()
		s, err := shared.Start(Options{})
		if err != nil {
			t.Fatal(err)
		}
		// Not SIGKILL: after it, PostgreSQL's shared memory would stay behind.
		if err := s.process.process.Signal(syscall.SIGQUIT); err != nil {
			t.Fatal(err)
		}
		<-s.process.done
		if err := s.Stop(); err == nil || !strings.Contains(err.Error(), "had ended") {
			t.Errorf("Stop after an early end = %v, want an error", err)
		}
		if _, err := os.Stat(s.dir); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("directory after Stop: %v, want it gone", err)
		}
	})
}

func TestStartFails(t *testing.T) {
	servers.Each(t, func(t *testing.T, shared *Server) {
		for _, tt := range []struct {
			name string
			opts Options
			want string // in the error
		}{
			{"bad-sql", Options{SQL: []string{"SELEC 1"}}, "SELEC"},
			{"bad-setting", Options{Settings: []string{"no_such_setting=1"}}, "no_such_setting"},
		} {
			t.Run(tt.name, func(t *testing.T) {
				t.Parallel()
				s, err := shared.Start(tt.opts)
				if err == nil {
					_ = s.Stop()
				}
				if err == nil || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("Start = %v, want an error with %q", err, tt.want)
				}
			})
		}
	})
}

// Another process can take the port between the search and the server's bind.
func TestPortTaken(t *testing.T) {
	servers.Each(t, func(t *testing.T, shared *Server) {
		t.Parallel()
		port := fmt.Sprintf("port=%d", shared.Port) // later settings win
		s, err := shared.Start(Options{Settings: []string{port}})
		if err == nil {
			_ = s.Stop()
		}
		if !errors.Is(err, errPortTaken) {
			t.Errorf("Start with %s, which is taken = %v, want %v", port, err, errPortTaken)
		}
	})
}
